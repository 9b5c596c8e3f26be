"""Freezes nets of keras.applications and each operation as TensorFlow graphs, with what TensorFlow answers to them.

record_graphs.py FOLDER: NAME.pb (frozen), NAME.json and NAME.bin (the same graph as TensorFlow.js keeps it, by its public format),
NAME.meta, NAME.in and NAME.out.
"""

import base64
import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import keras
import numpy as np
import tensorflow as tf
from google.protobuf.json_format import MessageToDict
from keras import applications, layers
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

folder = sys.argv[1]


def randomise(model, seed):
    """Weights that keep the numbers of deep nets in reach, and let no channel pass for another."""
    random = np.random.default_rng(seed)
    for variable in model.variables:
        name = variable.path
        if "seed" in name or "count" in name:
            continue
        shape = variable.shape
        if "variance" in name:
            values = random.uniform(0.5, 1.5, shape)
        elif "gamma" in name:
            values = random.uniform(0.8, 1.2, shape)
        elif len(shape) >= 2:
            fan_in = max(1, int(np.prod(shape[:-1])))
            values = random.normal(0, np.sqrt(2 / fan_in), shape)
        else:
            values = random.normal(0, 0.1, shape)
        variable.assign(values.astype("float32"))


def write_tfjs(name, graph, output):
    """The graph as model.json has it: constants without their numbers, which lie one after the other in a shard."""
    kept = tf.compat.v1.GraphDef()
    kept.CopyFrom(graph)
    weights, shard = [], b""
    for node in kept.node:
        if node.op != "Const":
            continue
        array = tf.make_ndarray(node.attr["value"].tensor)
        dtype = {"float32": "float32", "int32": "int32", "bool": "bool", "int64": "int32"}[str(array.dtype)]
        weights.append({"name": node.name, "shape": list(array.shape), "dtype": dtype})
        shard += array.astype({"bool": "uint8"}.get(dtype, dtype)).tobytes()
        for field in ["tensor_content", "float_val", "int_val", "int64_val", "bool_val"]:
            node.attr["value"].tensor.ClearField(field)
    kept.ClearField("library")
    model = {
        "format": "graph-model",
        "generatedBy": tf.__version__,
        "convertedBy": None,
        "signature": {
            "inputs": {"image": {"name": "x:0", "dtype": "DT_FLOAT"}},
            "outputs": {"scores": {"name": f"{output}:0", "dtype": "DT_FLOAT"}},
        },
        "modelTopology": MessageToDict(kept),
        "weightsManifest": [{"paths": [f"{name}.bin"], "weights": weights}],
    }
    with open(f"{folder}/{name}.json", "w") as file:
        json.dump(model, file)
    with open(f"{folder}/{name}.bin", "wb") as file:
        file.write(shard)


def record(name, function, shape, levels=1.0, dtype="float32", open_size=False, planar=None):
    """Freezes what a function makes of images, called "x". `planar` is the same of images with their channels first, which only the
    graph is of: TensorFlow answers by `function`, because it computes such graphs on GPUs only."""
    size = [None, None] if open_size else shape[1:3]
    axes = [None, shape[3], *size] if planar else [None, *size, *shape[3:]]
    spec = tf.TensorSpec(axes, dtype, name="x")
    concrete = tf.function(planar or function).get_concrete_function(spec)
    frozen = convert_variables_to_constants_v2(concrete)
    graph = frozen.graph.as_graph_def()
    random = np.random.default_rng(7)
    values = random.uniform(-1, 1, shape) if levels == 1.0 else random.uniform(0, levels, shape)
    values = values.astype(dtype).astype("float32")
    given = tf.cast(values, dtype)
    answer = np.asarray(function(given) if planar else frozen(given)[0], dtype="<f4")
    with open(f"{folder}/{name}.pb", "wb") as file:
        file.write(graph.SerializeToString())
    if not open_size:
        write_tfjs(name, graph, frozen.outputs[0].name.split(":")[0])
    values.astype("<f4").tofile(f"{folder}/{name}.in")
    answer.tofile(f"{folder}/{name}.out")
    with open(f"{folder}/{name}.meta", "w") as file:
        json.dump({"input": list(shape)}, file)


def record_model(name, model, shape, levels=1.0):
    randomise(model, len(name))
    record(name, lambda x: model(x, training=False), shape, levels)


def mnist():
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )


def operations():
    """Operations as functions of images [N, 6, 5, 4]."""
    random = np.random.default_rng(3)
    numbers = lambda *shape: tf.constant(random.normal(0, 0.5, shape).astype("float32"))
    nn = tf.nn
    kernel, deep = numbers(3, 2, 4, 6), numbers(2, 3, 4, 2)
    found = {
        "leaky": lambda x: nn.leaky_relu(x, 0.3),
        "elu": nn.elu,
        "selu": nn.selu,
        "softplus": nn.softplus,
        "softsign": nn.softsign,
        "tanh": tf.tanh,
        "sigmoid": tf.sigmoid,
        "relu6": nn.relu6,
        "swish": nn.silu,
        "gelu": nn.gelu,
        "hardswish": lambda x: x * nn.relu6(x + 3.0) * 0.16666667,
        "softmax": nn.softmax,
        "log-softmax": nn.log_softmax,
        "exp-log": lambda x: tf.math.log(tf.exp(x) + 1.0),
        "powers": lambda x: tf.sqrt(tf.abs(x)) + tf.math.rsqrt(tf.square(x) + 1.0) + tf.pow(x + 3.0, 1.5),
        "division": lambda x: 1.0 / (x + 3.0) - x / 2.0 - tf.math.reciprocal(x + 2.0),
        "maximum": lambda x: tf.maximum(tf.minimum(x, 0.5), -0.25),
        "clip": lambda x: tf.clip_by_value(x, -0.5, 0.25),
        "squared-difference": lambda x: tf.math.squared_difference(x, 0.5),
        "rounding": lambda x: tf.floor(x * 3.0) + tf.math.ceil(x * 2.0) + tf.round(x * 2.0) + tf.sign(x),
        "channels": lambda x: x * numbers(4) + numbers(1, 1, 1, 4),
        "rows": lambda x: x * numbers(6, 1, 1) + numbers(5, 4),
        "prelu": lambda x: nn.relu(x) + numbers(4) * -nn.relu(-x),
        "batch-norm": lambda x: tf.compat.v1.nn.fused_batch_norm(
            x, tf.abs(numbers(4)) + 0.5, numbers(4), numbers(4), tf.abs(numbers(4)) + 0.5, is_training=False
        )[0],
        "mean": lambda x: tf.reduce_mean(x, [1, 2]),
        "mean-kept": lambda x: x * tf.reduce_mean(x, [1, 2], keepdims=True),
        "sums": lambda x: tf.reduce_sum(x, -1) + tf.reduce_max(x, 3) - tf.reduce_min(x, 3) + tf.reduce_prod(x, 3),
        "reshape": lambda x: tf.reshape(x, [-1, 30, 4]),
        "flatten-by-shape": lambda x: tf.reshape(x, [tf.shape(x)[0], tf.reduce_prod(tf.shape(x)[1:])]),
        "flatten-by-stack": lambda x: tf.reshape(x, tf.stack([tf.shape(x)[0], tf.shape(x)[1] * 20])),
        "flatten-by-concat": lambda x: tf.reshape(x, tf.concat([tf.shape(x)[:1], [120]], 0)),
        "squeeze": lambda x: tf.squeeze(tf.reduce_mean(x, [1, 2], keepdims=True), [1, 2]),
        "expand": lambda x: tf.expand_dims(tf.reduce_mean(x, [1]), 1),
        "concat": lambda x: tf.concat([x, x * 2.0, nn.relu(x)], -1),
        "concat-rows": lambda x: tf.concat([x, -x], 1),
        "stack": lambda x: tf.stack([x[..., 1], x[..., 0]], -1),
        "unstack": lambda x: tf.add_n(tf.unstack(x, axis=3)),
        "split": lambda x: tf.concat(tf.split(x, 2, axis=3)[::-1], 3),
        "split-v": lambda x: tf.concat(tf.split(x, [1, 3], axis=3)[::-1], 3),
        "slice": lambda x: tf.slice(x, [0, 1, 1, 0], [-1, 4, -1, 2]),
        "strided": lambda x: x[:, 1:-1:2, ::-1, ::-1],
        "strided-axes": lambda x: x[:, tf.newaxis, 2, ..., 1],
        "gather": lambda x: tf.gather(x, [2, 1, 0], axis=3),
        "reverse": lambda x: tf.reverse(x, [3, 1]),
        "transpose": lambda x: tf.transpose(x, [0, 3, 1, 2]),
        "transpose-back": lambda x: tf.transpose(nn.relu(tf.transpose(x, [0, 3, 1, 2])), [0, 2, 3, 1]),
        "pad": lambda x: tf.pad(x, [[0, 0], [1, 2], [0, 3], [0, 0]]),
        "pad-value": lambda x: tf.pad(x, [[0, 0], [1, 2], [0, 3], [1, 0]], constant_values=2.5),
        "pad-reflect": lambda x: tf.pad(x, [[0, 0], [1, 2], [2, 1], [0, 0]], "REFLECT"),
        "cast": lambda x: tf.cast(tf.cast(x, "float16"), "float32") * 0.0 + tf.cast(x, "float32"),
        "depth-to-space": lambda x: nn.depth_to_space(x, 2),
        "space-to-depth": lambda x: nn.space_to_depth(x[:, :, :4], 2),
        "matmul": lambda x: tf.matmul(tf.reshape(x, [-1, 120]), numbers(120, 7)) + numbers(7),
        "matmul-transposed": lambda x: tf.matmul(tf.reshape(x, [-1, 120]), numbers(7, 120), transpose_b=True),
        "tensordot": lambda x: tf.tensordot(x, numbers(4, 7), [[3], [0]]),
        "select": lambda x: tf.where(x > 0.1, x, x * 0.5),
        "tile": lambda x: tf.tile(x, [1, 2, 1, 3]),
        "l2": lambda x: nn.l2_normalize(x, -1),
        "group-conv": lambda x: nn.conv2d(x, numbers(3, 3, 2, 6), 1, "SAME"),
        "explicit-pads": lambda x: nn.conv2d(x, kernel, 2, [[0, 0], [1, 0], [2, 1], [0, 0]]),
        "atrous": lambda x: nn.conv2d(x, kernel, 1, "SAME", dilations=2),
        "bias": lambda x: nn.relu(nn.bias_add(nn.conv2d(x, kernel, 1, "VALID"), numbers(6))),
        "transposed-conv": lambda x: nn.conv2d_transpose(
            x, numbers(3, 3, 5, 4), tf.stack([tf.shape(x)[0], 12, 10, 5]), 2, "SAME"
        ),
        "lrn": lambda x: nn.local_response_normalization(x, 2, 1.0, 0.5, 0.75),
    }
    for padding in ["SAME", "VALID"]:
        for stride in [1, 2, 3]:
            step = [1, stride, stride, 1]
            found |= {
                f"conv-{padding}-{stride}": lambda x, s=stride, p=padding: nn.conv2d(x, kernel, s, p),
                f"depthwise-{padding}-{stride}": lambda x, s=step, p=padding: nn.depthwise_conv2d(x, deep, s, p),
                f"max-{padding}-{stride}": lambda x, s=stride, p=padding: nn.max_pool2d(x, [3, 2], s, p),
                f"average-{padding}-{stride}": lambda x, s=stride, p=padding: nn.avg_pool2d(x, [2, 3], s, p),
            }
    for corners in [False, True]:
        for centres in [False, True]:
            if corners and centres:
                continue
            how = {"align_corners": corners, "half_pixel_centers": centres}
            for size in [[9, 4], [3, 11]]:
                label = f"{int(corners)}{int(centres)}-{size[0]}"
                found |= {
                    f"bilinear-{label}": lambda x, how=how, size=size: tf.raw_ops.ResizeBilinear(
                        images=x, size=size, **how
                    ),
                    f"nearest-{label}": lambda x, how=how, size=size: tf.raw_ops.ResizeNearestNeighbor(
                        images=x, size=size, **how
                    ),
                }
    return found


def planar_operations():
    """Operations on images with their channels first (NCHW), each beside the same with them last."""
    random = np.random.default_rng(5)
    numbers = lambda *shape: tf.constant(random.normal(0, 0.5, shape).astype("float32"))
    nn = tf.nn
    kernel, deep, bias, other = numbers(3, 2, 3, 6), numbers(2, 3, 3, 2), numbers(3), numbers(3, 3, 5, 3)
    statistics = [tf.abs(numbers(3)) + 0.5, numbers(3), numbers(3), tf.abs(numbers(3)) + 0.5]

    def norm(x, how):
        return tf.compat.v1.nn.fused_batch_norm(x, *statistics, is_training=False, data_format=how)[0]

    def net(x, how):
        first = how == "NCHW"
        x = norm(nn.relu(nn.conv2d(x, kernel[..., :3], 1, "SAME", data_format=how)), how)
        x = tf.concat([x, nn.bias_add(nn.max_pool2d(x, 3, 1, "SAME", data_format=how), bias, data_format=how)], 1 if first else 3)
        return nn.softmax(tf.reduce_mean(x, [2, 3] if first else [1, 2]))

    strides = lambda how, step: [1, 1, step, step] if how == "NCHW" else [1, step, step, 1]
    pads = lambda how: [[0, 0], [0, 0], [1, 0], [2, 1]] if how == "NCHW" else [[0, 0], [1, 0], [2, 1], [0, 0]]
    size = lambda x, how: tf.stack([tf.shape(x)[0], *([5, 12, 10] if how == "NCHW" else [12, 10, 5])])
    images = {
        "conv": lambda x, how: nn.conv2d(x, kernel, 2, "SAME", data_format=how),
        "conv-pads": lambda x, how: nn.conv2d(x, kernel, 1, pads(how), data_format=how),
        "atrous": lambda x, how: nn.conv2d(x, kernel, 1, "VALID", data_format=how, dilations=2),
        "depthwise": lambda x, how: tf.raw_ops.DepthwiseConv2dNative(
            input=x, filter=deep, strides=strides(how, 2), padding="SAME", data_format=how
        ),
        "transposed-conv": lambda x, how: nn.conv2d_transpose(x, other, size(x, how), 2, "SAME", data_format=how),
        "bias": lambda x, how: nn.bias_add(x, bias, data_format=how),
        "batch-norm": norm,
        "max": lambda x, how: nn.max_pool2d(x, [3, 2], 2, "SAME", data_format=how),
        "average": lambda x, how: nn.avg_pool2d(x, [2, 3], 1, "SAME", data_format=how),
    }
    back = lambda x: tf.transpose(x, [0, 2, 3, 1])
    found = {
        name: (lambda x, f=f: f(x, "NHWC"), lambda x, f=f: back(f(x, "NCHW"))) for name, f in images.items()
    }
    found["net"] = (lambda x: net(x, "NHWC"), lambda x: net(x, "NCHW"))
    found["to-last"] = (lambda x: nn.conv2d(x, kernel, 1, "SAME"), lambda x: nn.conv2d(back(x), kernel, 1, "SAME"))
    return found


def later_operations():
    """Dilation by SpaceToBatchND and BatchToSpaceND, and Einsum, as layers of Keras write them."""
    random = np.random.default_rng(6)
    numbers = lambda *shape: tf.constant(random.normal(0, 0.5, shape).astype("float32"))
    nn = tf.nn
    kernel, deep, bias = numbers(3, 2, 4, 6), numbers(2, 3, 4, 2), numbers(6)

    def apart(x, block, pads, crops, between):
        return tf.batch_to_space(between(tf.space_to_batch(x, block, pads)), block, crops)

    attention = layers.MultiHeadAttention(2, 3)
    dense = layers.EinsumDense("abc,cde->abde", output_shape=(None, 3, 2), bias_axes="de")

    def attended(x):
        rows = tf.reshape(x, [-1, 30, 4])
        return attention(rows, rows)

    return {
        "dilated-apart": lambda x: apart(
            x, [2, 2], [[1, 1], [0, 1]], [[0, 0], [0, 1]], lambda y: nn.relu(nn.bias_add(nn.conv2d(y, kernel, 1, "VALID"), bias))
        ),
        "dilated-rows": lambda x: apart(x, [3], [[2, 1]], [[1, 0]], lambda y: nn.conv2d(y, kernel, 1, "VALID")),
        "dilated-depthwise": lambda x: nn.depthwise_conv2d(x, deep, [1, 1, 1, 1], "SAME", dilations=[2, 2]),
        "dilated-depthwise-valid": lambda x: nn.depthwise_conv2d(x, deep, [1, 1, 1, 1], "VALID", dilations=[1, 2]),
        "dilated-layer": layers.DepthwiseConv2D(3, padding="same", dilation_rate=2),
        "dilated-separable": layers.SeparableConv2D(5, 2, padding="same", dilation_rate=2),
        "einsum": lambda x: tf.einsum("bhwc,cd->bhwd", x, numbers(4, 5)),
        "einsum-gap": lambda x: tf.einsum("...c,cd->...d", x, numbers(4, 5)),
        "einsum-both": lambda x: tf.einsum("bhwc,bvwc->bhvw", x, x),
        "einsum-dense": lambda x: dense(tf.reshape(x, [-1, 30, 4])),
        "attention": attended,
    }


def main():
    for name, function in (operations() | later_operations()).items():
        record(f"op-{name}", function, [2, 6, 5, 4])
    for name, (function, planar) in planar_operations().items():
        record(f"planar-{name}", function, [2, 6, 5, 3], planar=planar)
    record("uint8", lambda x: tf.cast(x, "float32") / 127.5 - 1.0, [2, 6, 5, 3], 255.0, "uint8")
    record("any-size", lambda x: tf.reduce_mean(tf.nn.relu(x), [1, 2]), [2, 6, 5, 3], open_size=True)
    record_model("mnist", mnist(), [3, 28, 28, 1], 255.0)
    nets = {
        "MobileNetV2": 96,
        "MobileNetV3Small": 96,
        "ResNet50": 64,
        "EfficientNetB0": 64,
        "DenseNet121": 64,
    }
    for name, side in nets.items():
        # Logits: softmax of many classes would hide what is different.
        model = getattr(applications, name)(weights=None, input_shape=(side, side, 3), classifier_activation=None)
        levels = 255.0 if name.startswith(("EfficientNet", "MobileNetV3")) else 1.0
        record_model(name, model, [2, side, side, 3], levels)


main()
