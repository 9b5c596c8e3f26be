"""Writes nets of keras.applications with random weights as .keras, with what Keras answers to images, for npm run test:keras."""

import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import keras
import numpy as np

from case import Images, note

(folder,) = sys.argv[1:]
rng = np.random.default_rng(0)


def spread(variable):
    """Statistics and offsets that a net that was trained could have, so that its answers differ."""
    if "moving_mean" in variable.path or variable.path.endswith(("beta", "bias")):
        variable.assign(rng.normal(0, 0.2, variable.shape).astype("float32"))
    elif "moving_var" in variable.path:
        variable.assign(rng.uniform(0.5, 1.5, variable.shape).astype("float32"))


# Both scale pixels themselves, which is read from the net.
for name in ("MobileNetV3Small", "EfficientNetB0"):
    keras.utils.set_random_seed(1)
    net = getattr(keras.applications, name)(weights=None, input_shape=(96, 96, 3), classes=10)
    for variable in net.variables:
        spread(variable)
    images = Images(96, 96, 3, layout="NHWC", scale=1)
    given = np.asarray(images.values(), "float32").reshape(images.shape())
    scores = np.asarray(net(given, training=False), "float64").tolist()
    net.save(os.path.join(folder, f"{name}.keras"))
    note(folder, name, f"{name}.keras", images, classes=10, kind="probabilities", own=scores)
