"""Writes the models of test/converting/fixtures, with what Keras answers to them.

pip install keras==3.15.1 tensorflow-cpu==2.21.0 tf_keras==2.21.0
python scripts/keras/make_fixtures.py test/converting/fixtures
"""

import base64
import json
import os
import sys
import zipfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import keras
import numpy as np
import tf_keras
from keras import layers

folder = sys.argv[1]
expected = {}


def numbers(count, step):
    """What the tests feed, computed by both."""
    return np.sin(np.arange(count, dtype="float64") * step).astype("float32")


def fill(model):
    """Weights that let no layer pass for another."""
    for at, variable in enumerate(model.variables):
        name = getattr(variable, "path", variable.name)
        if "seed" in name or "count" in name:
            continue
        values = numbers(int(np.prod(variable.shape)), 0.37 + 0.011 * at).reshape(variable.shape)
        variable.assign(np.abs(values) + 0.3 if "variance" in name else values * 0.5)
    for layer in model.layers:
        if isinstance(layer, layers.Normalization) and layer.input_mean is None:
            layer.finalize_state()


def record(name, model, levels=1.0, images=2):
    shape = [images, *model.input_shape[1:]]
    values = numbers(int(np.prod(shape)), 0.7).reshape(shape)
    # Levels of 0 to 255 for a model that scales them itself.
    values = values if levels == 1.0 else (values + 1) / 2 * levels
    output = np.asarray(model(values, training=False), dtype="<f4")
    expected[name] = {
        "shape": shape,
        "levels": levels,
        "output": base64.b64encode(output.tobytes()).decode(),
    }


def pack(path):
    """Keras stores without packing; packed, the file is a tenth as large, and may be."""
    with zipfile.ZipFile(path) as stored:
        entries = [(one, stored.read(one)) for one in stored.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for name, content in entries:
            packed.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)


def chain(library):
    kinds = library.layers
    return library.Sequential(
        [
            kinds.InputLayer((8, 6, 1)),
            kinds.Rescaling(1 / 255),
            kinds.Conv2D(4, 3, strides=2, padding="same", use_bias=False),
            kinds.BatchNormalization(),
            kinds.Activation("hard_sigmoid"),
            kinds.MaxPooling2D(2, padding="same"),
            kinds.Flatten(),
            kinds.Dropout(0.3),
            kinds.Dense(5, activation="softmax", name="classes"),
        ],
        name="chain",
    )


def tutorial():
    """The first net of Keras' own tutorial: Flatten of [28, 28]; smaller here."""
    return keras.Sequential(
        [
            keras.Input((4, 3)),
            layers.Flatten(),
            layers.Dense(6, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(3),
        ],
        name="tutorial",
    )


def every_layer():
    """Each layer that is converted on a branch of its own; the answer is all of what comes out."""
    image = keras.Input((6, 5, 3), name="image")
    branches = []

    def add(*steps):
        value = image
        for step in steps:
            value = step(value)
        branches.append(layers.Flatten()(value) if len(value.shape) > 2 else value)

    conv = lambda filters=2: layers.Conv2D(filters, 1)
    for padding in ["same", "valid"]:
        for stride in [1, 2, 3]:
            add(layers.Conv2D(2, (3, 2), strides=stride, padding=padding))
            add(layers.Conv2DTranspose(1, (3, 2), strides=stride, padding=padding))
            add(layers.MaxPooling2D(2, strides=stride, padding=padding))
            add(layers.AveragePooling2D(3, strides=stride, padding=padding))
            add(layers.DepthwiseConv2D((2, 3), strides=stride, padding=padding, depth_multiplier=2))
    add(layers.Conv2D(2, 2, dilation_rate=2, padding="same"))
    add(layers.Conv2D(3, 2, groups=3))
    add(layers.SeparableConv2D(2, 3, depth_multiplier=2, padding="same"))
    add(conv(), layers.GlobalAveragePooling2D())
    add(conv(), layers.GlobalAveragePooling2D(keepdims=True))
    add(layers.GlobalMaxPooling2D())
    add(layers.Flatten(), layers.Dense(4, use_bias=False), layers.BatchNormalization(scale=False))
    add(layers.Dense(2))
    add(layers.BatchNormalization())
    add(conv(), layers.LayerNormalization())
    add(layers.LayerNormalization(axis=[1, 2, 3], scale=False))
    add(conv(4), layers.GroupNormalization(2))
    add(conv(), layers.UnitNormalization())
    add(layers.Reshape((5, 6, -1)), conv())
    add(layers.Permute((3, 1, 2)), conv())
    add(conv(), layers.Permute((2, 1, 3)))
    add(conv(), layers.ZeroPadding2D(((1, 2), (3, 0))))
    add(conv(), layers.Cropping2D(((1, 2), (0, 1))))
    add(conv(), layers.UpSampling2D((2, 3)))
    add(layers.UpSampling2D(2, interpolation="bilinear"))
    for name in [
        "relu",
        "relu6",
        "leaky_relu",
        "elu",
        "selu",
        "gelu",
        "silu",
        "hard_silu",
        "hard_sigmoid",
        "sigmoid",
        "tanh",
        "softmax",
        "log_softmax",
        "softplus",
        "softsign",
        "exponential",
        "mish",
    ]:
        add(conv(), layers.Activation(name))
    add(layers.ReLU(max_value=0.5, negative_slope=0.2, threshold=0.1))
    add(layers.LeakyReLU())
    add(layers.PReLU())
    add(conv(), layers.PReLU(shared_axes=[1, 2]))
    add(layers.ELU(0.5))
    add(conv(), layers.Softmax(axis=1))
    add(layers.Rescaling([1.0, 2.0, 3.0], offset=[0.1, 0.2, 0.3]))
    add(layers.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 2.0, 3.0]))
    add(layers.Normalization())
    add(layers.Normalization(axis=None, mean=3.0, variance=2.0))
    add(layers.Resizing(4, 7))
    add(layers.Resizing(9, 4, interpolation="nearest"))
    add(layers.Resizing(4, 4, crop_to_aspect_ratio=True))
    add(layers.CenterCrop(3, 2))
    add(layers.CenterCrop(8, 4))
    add(layers.RandomFlip(), layers.RandomRotation(0.1), layers.SpatialDropout2D(0.1), layers.Identity())
    for merge in ["Add", "Multiply", "Average", "Maximum", "Minimum"]:
        branches.append(layers.Flatten()(getattr(layers, merge)()([conv()(image), conv()(image), conv()(image)])))
    branches.append(layers.Flatten()(layers.Subtract()([conv()(image), conv()(image)])))
    branches.append(
        layers.Flatten()(
            layers.Multiply()([conv()(image), layers.GlobalAveragePooling2D(keepdims=True)(conv()(image))])
        )
    )
    branches.append(layers.Flatten()(layers.Concatenate()([conv()(image), conv(1)(image)])))
    branches.append(layers.Flatten()(layers.Concatenate(axis=1)([conv()(image), conv()(image)])))
    twice = layers.Conv2D(3, 1)
    branches.append(layers.Flatten()(twice(twice(image))))
    inner = keras.Input((6, 5, 3))
    part = keras.Model(inner, layers.BatchNormalization()(layers.Conv2D(3, 3, padding="same")(inner)))
    rest = keras.Sequential([layers.Conv2D(3, 1), keras.Sequential([layers.ReLU(), layers.Conv2D(3, 1)])])
    branches.append(layers.Flatten()(part(rest(part(image)))))
    branches.append(keras.ops.mean((image / 2.0 - 1.0) * 2.0 + keras.ops.maximum(image, 0), axis=(1, 2)))
    branches.append(layers.Flatten()(keras.ops.relu6(-image[:, 1:-1:2, ::-1, ::-1] + 3.0)))
    branches.append(layers.Flatten()(keras.ops.stack([image[..., 2], image[..., 0]], axis=-1)))
    branches.append(1.0 - keras.ops.sum(conv()(image), axis=(1, 2)))
    branches.append(layers.Flatten()(keras.ops.clip(keras.ops.transpose(conv()(image), (0, 3, 1, 2)), 0.1, 0.5)))
    return keras.Model(image, layers.Concatenate()(branches), name="every_layer")


def main():
    model = chain(keras)
    fill(model)
    model.save(f"{folder}/chain.keras")
    pack(f"{folder}/chain.keras")
    model.save(f"{folder}/chain.h5")
    record("chain", model, 255.0)
    earlier = chain(tf_keras)
    fill(earlier)
    earlier.save(f"{folder}/keras2.h5")
    earlier.save(f"{folder}/keras2.keras")
    pack(f"{folder}/keras2.keras")
    record("keras2", earlier, 255.0)
    first = tutorial()
    fill(first)
    first.save_weights(f"{folder}/tutorial.weights.h5")
    with open(f"{folder}/tutorial.json", "w") as file:
        file.write(first.to_json())
    record("tutorial", first)
    every = every_layer()
    fill(every)
    every.save(f"{folder}/every-layer.keras")
    pack(f"{folder}/every-layer.keras")
    record("every-layer", every, images=1)
    with open(f"{folder}/expected.json", "w") as file:
        json.dump(expected, file)


main()
