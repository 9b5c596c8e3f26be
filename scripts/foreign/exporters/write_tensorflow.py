"""Writes models by tf2onnx, for npm run test:exporters: nets of Keras 3 and a function of TensorFlow."""

import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import keras
import numpy as np
import tensorflow as tf
import tf2onnx
from keras import layers

from case import Images, note

(folder,) = sys.argv[1:]
keras.utils.set_random_seed(1)
TANH = {"scale": 1 / 127.5, "mean": [1, 1, 1]}
SAID = ["--preprocessing", '{"scale": 0.00784313725490196, "mean": [1, 1, 1]}']


def net(last="softmax", sides=16, count=5, batch=None):
    inputs = layers.Input((sides, sides, 3), batch_size=batch)
    x = layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(inputs)
    x = layers.BatchNormalization()(x)
    x = layers.ReLU(6)(x)
    x = layers.DepthwiseConv2D(3, padding="same")(x)
    x = layers.Activation("hard_swish")(x)
    x = layers.SeparableConv2D(16, 3, padding="same", activation="relu")(x)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(count, activation=last)(x))


def write(name, model, images, args=(), opset=15, batch=None, sides=True, **what):
    dtype = what.pop("takes", tf.float32)
    height, width, channels = images.size
    within = [height, width] if images.layout == "NHW" else [height, width, channels]
    shape = [batch, *within] if sides else [None, None, None, channels]
    function = tf.function(lambda x: model(x, training=False) if isinstance(model, keras.Model) else model(x))
    name = f"tf2onnx-{name}"
    path = os.path.join(folder, f"{name}.onnx")
    kept = {"inputs_as_nchw": ["x"]} if what.pop("planes", False) else {}
    if what.pop("by_keras", False):
        model(np.zeros([1, *within], "float32"))
        model.export(path, format="onnx", verbose=False)
    else:
        tf2onnx.convert.from_function(
            function, [tf.TensorSpec(shape, dtype, "x")], opset=opset, output_path=path, **kept
        )
    given = np.asarray(images.values(), dtype.as_numpy_dtype).reshape(images.shape())
    if images.layout == "NCHW":
        given = given.transpose(0, 2, 3, 1)
    parts = [given] if batch is None else [given[at : at + 1] for at in range(len(given))]
    own = np.concatenate([np.asarray(function(part), "float64").reshape(len(part), -1) for part in parts])
    note(folder, name, f"{name}.onnx", images, args, own=own.tolist(), kind=what.pop("kind", "probabilities"), **what)


colour = Images(16, 16, 3, layout="NHWC", **TANH)
for opset in (9, 10, 11, 12, 13, 14, 15, 16, 17, 18):
    write(f"opset-{opset}", net(), colour, SAID, opset=opset)
write("fixed-batch", net(batch=1), colour, SAID, batch=1)
open_net = net(sides=None)
write("open-sides", open_net, colour, [*SAID, "--shape", "16,16,3"], sides=False)
write("planes", net(), Images(16, 16, 3, **TANH), SAID, planes=True)
write("logits", net(None), colour, SAID, kind="logits")
write("sigmoid", net("sigmoid", count=1), colour, SAID, classes=2, kind="sigmoid")
write("several-labels", net("sigmoid"), colour, SAID, kind="sigmoid")
tutorial = keras.Sequential(
    [layers.Input((28, 28)), layers.Flatten(), layers.Dense(32, activation="relu"), layers.Dropout(0.2), layers.Dense(10)]
)
write("tutorial-28-28", tutorial, Images(28, 28, 1, layout="NHW"), classes=10, kind="logits")
bytes_net = net()
levels = lambda x: bytes_net(tf.cast(x, tf.float32) / 127.5 - 1, training=False)
write("uint8", levels, Images(16, 16, 3, layout="NHWC", dtype="uint8"), takes=tf.uint8)
write("by-keras-export", net(), colour, SAID, by_keras=True)
