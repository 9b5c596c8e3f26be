"""Writes nets of keras.applications with random weights, with what Keras answers to them, for npm run test:keras."""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import keras
import numpy as np

out = sys.argv[1]
rng = np.random.default_rng(0)

# The name, the side of the images, and whether the net takes 0..255.
NETS = [
    ("MobileNet", 128, False),
    ("MobileNetV2", 96, False),
    ("MobileNetV3Small", 128, True),
    ("MobileNetV3Large", 128, True),
    ("EfficientNetB0", 128, True),
    ("EfficientNetV2B0", 128, True),
    ("ResNet50", 96, False),
    ("ResNet50V2", 96, False),
    ("VGG16", 64, False),
    ("DenseNet121", 96, False),
    ("InceptionV3", 139, False),
    ("Xception", 96, False),
    ("NASNetMobile", 128, False),
]


def fill(variable):
    """Statistics and factors that a net that was trained could have."""
    if "moving_mean" in variable.path:
        variable.assign(rng.normal(0, 0.1, variable.shape).astype("float32"))
    elif "moving_var" in variable.path:
        variable.assign(rng.uniform(0.5, 1.5, variable.shape).astype("float32"))
    elif variable.path.endswith(("gamma", "beta", "bias")):
        noise = rng.normal(0, 0.1, variable.shape).astype("float32")
        variable.assign(np.asarray(variable) + noise)


for name, side, takes_levels in NETS:
    keras.utils.set_random_seed(1)
    net = getattr(keras.applications, name)(weights=None, input_shape=(side, side, 3), classes=10)
    for variable in net.variables:
        fill(variable)
    images = rng.integers(0, 256, (2, side, side, 3)).astype("float32")
    images = images if takes_levels else images / 127.5 - 1
    scores = np.asarray(net(images, training=False))
    path = f"{out}/{name}"
    net.save(f"{path}.keras")
    if takes_levels:
        net.save(f"{path}.h5")
    images.astype("<f4").tofile(f"{path}.in")
    scores.astype("<f4").tofile(f"{path}.out")
    with open(f"{path}.meta", "w") as file:
        json.dump({"input": list(images.shape), "takesLevels": takes_levels}, file)
