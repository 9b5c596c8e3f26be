"""Writes a net for each operator that image classifiers are made of, at every opset from 7 to 24 that has it, in the form of
that opset, for npm run test:exporters. Beside it stand what Python's ONNX Runtime answers, or why it opens none."""

import json
import os
import sys

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper

(folder,) = sys.argv[1:]
FIRST, LAST = 7, 24
IR = {7: 4, 8: 4, 9: 4, 10: 5, 11: 6, 12: 7, 13: 7, 14: 7, 19: 9, 20: 9, 21: 10, 22: 10, 23: 11, 24: 12}
ort.set_default_logger_severity(4)
rng = np.random.default_rng(1)
f32 = lambda *shape: rng.normal(0, 0.5, shape).astype("float32")
ints = lambda *values: np.asarray(values, "int64")
SHAPE = [2, 4, 6, 6]
OPERATORS = {}


def operator(name, first=FIRST, last=LAST):
    """An operator by a function that gives, for an opset, its nodes from "x" to "y" and their constants."""

    def keep(build):
        OPERATORS[name] = (build, first, last)
        return build

    return keep


def one(name, first=FIRST, last=LAST, inputs=(), constants=None, **attributes):
    """An operator of the same form at every opset."""

    @operator(name, first, last)
    def _(_opset):
        op = name.split(" ")[0]
        return [h.make_node(op, ["x", *inputs], ["y"], **attributes)], constants or {}


for name in "Relu Sigmoid Tanh Softplus Softsign Exp Abs Neg Floor Ceil Identity GlobalAveragePool GlobalMaxPool Elu Selu".split():
    one(name)
one("Erf", 9)
one("Shrink", 9)
one("ThresholdedRelu", 10, alpha=0.1)
one("Round", 11)
one("HardSwish", 14)
one("Mish", 18)
one("Gelu", 20)
one("Gelu tanh", 20, approximate="tanh")
one("Swish", 24)
one("LeakyRelu", alpha=0.1)
one("HardSigmoid", alpha=0.16, beta=0.5)
one("PRelu", inputs=["slope"], constants={"slope": f32(4, 1, 1)})
for name in "Add Sub Mul Div Max Min Sum Mean".split():
    one(name, first=8 if name in ("Max", "Min", "Sum", "Mean") else 7, inputs=["other"], constants={"other": f32(4, 1, 1) + 2})
one("Pow", inputs=["two"], constants={"two": np.float32(2)})
one("MatMul", inputs=["m"], constants={"m": f32(6, 3)})
one("Einsum", 12, inputs=["m"], constants={"m": f32(6, 3)}, equation="nchw,wk->nchk")
one("Conv", inputs=["w", "b"], constants={"w": f32(5, 4, 3, 3), "b": f32(5)}, pads=[1, 1, 1, 1])
one("Conv depthwise", inputs=["w"], constants={"w": f32(4, 1, 3, 3)}, group=4, strides=[2, 2], auto_pad="SAME_UPPER")
one("Conv dilated", inputs=["w"], constants={"w": f32(5, 4, 2, 2)}, dilations=[2, 2])
one("ConvTranspose", inputs=["w", "b"], constants={"w": f32(4, 5, 3, 3), "b": f32(5)}, strides=[2, 2], output_padding=[1, 1])
one("MaxPool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
one("MaxPool ceil", 10, kernel_shape=[2, 2], strides=[3, 3], ceil_mode=1)
one("AveragePool", kernel_shape=[3, 3], pads=[1, 1, 1, 1])
one("AveragePool counted", kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1)
one("AveragePool ceil", 10, kernel_shape=[2, 2], strides=[3, 3], ceil_mode=1)
one("LpPool", kernel_shape=[2, 2])
one("LRN", size=3)
one("InstanceNormalization", inputs=["s", "b"], constants={"s": f32(4), "b": f32(4)})
one("LayerNormalization", 17, inputs=["s", "b"], constants={"s": f32(6), "b": f32(6)})
one("RMSNormalization", 23, inputs=["s"], constants={"s": f32(6)})
one("LpNormalization", axis=1)
one("MeanVarianceNormalization", 9)
one("Flatten")
one("Transpose", perm=[0, 2, 3, 1])
one("Concat", inputs=["x"], axis=1)
one("DepthToSpace", blocksize=2)
one("SpaceToDepth", blocksize=2)
one("Softmax", axis=1)
one("LogSoftmax", axis=1)
one("Hardmax", axis=1)
one("ArgMax", axis=1)
one("Gather", inputs=["at"], constants={"at": ints(2, 0)}, axis=1)
one("Reshape", inputs=["to"], constants={"to": ints(0, -1)})
one("Expand", 8, inputs=["to"], constants={"to": ints(3, 2, 4, 6, 6)})
one("Tile", inputs=["times"], constants={"times": ints(1, 2, 1, 1)})
one("Cast", to=T.DOUBLE)
one("Shape")
one("IsNaN", 9)


@operator("BatchNormalization")
def _(opset):
    constants = {"s": f32(4), "b": f32(4), "m": f32(4), "v": np.abs(f32(4)) + 0.5}
    return [h.make_node("BatchNormalization", ["x", *constants], ["y"])], constants


@operator("GroupNormalization", 18)
def _(opset):
    count = 2 if opset < 21 else 4
    return [h.make_node("GroupNormalization", ["x", "s", "b"], ["y"], num_groups=2)], {"s": f32(count), "b": f32(count)}


@operator("Gemm")
def _(opset):
    last = [] if opset >= 11 else ["c"]
    nodes = [h.make_node("Flatten", ["x"], ["row"]), h.make_node("Gemm", ["row", "m", *last], ["y"])]
    return nodes, {"m": f32(144, 3), **({"c": f32(3)} if last else {})}


@operator("Clip")
def _(opset):
    if opset < 11:
        return [h.make_node("Clip", ["x"], ["y"], min=0.0, max=6.0)], {}
    return [h.make_node("Clip", ["x", "a", "b"], ["y"])], {"a": np.float32(0), "b": np.float32(6)}


@operator("Dropout")
def _(opset):
    if opset < 12:
        return [h.make_node("Dropout", ["x"], ["y"], ratio=0.5)], {}
    return [h.make_node("Dropout", ["x", "r"], ["y"])], {"r": np.float32(0.5)}


@operator("Pad")
def _(opset):
    if opset < 11:
        return [h.make_node("Pad", ["x"], ["y"], pads=[0, 0, 1, 2, 0, 0, 1, 2])], {}
    return [h.make_node("Pad", ["x", "p"], ["y"])], {"p": ints(0, 0, 1, 2, 0, 0, 1, 2)}


@operator("Pad reflect")
def _(opset):
    if opset < 11:
        return [h.make_node("Pad", ["x"], ["y"], mode="reflect", pads=[0, 0, 1, 2, 0, 0, 1, 2])], {}
    return [h.make_node("Pad", ["x", "p"], ["y"], mode="reflect")], {"p": ints(0, 0, 1, 2, 0, 0, 1, 2)}


@operator("Slice")
def _(opset):
    if opset < 10:
        return [h.make_node("Slice", ["x"], ["y"], starts=[1, 1], ends=[4, 99], axes=[1, 2])], {}
    return [h.make_node("Slice", ["x", "s", "e", "a"], ["y"])], {"s": ints(1, 1), "e": ints(4, 99), "a": ints(1, 2)}


@operator("Split")
def _(opset):
    if opset < 13:
        return [h.make_node("Split", ["x"], ["y", "z"], axis=1, split=[1, 3])], {}
    return [h.make_node("Split", ["x", "s"], ["y", "z"], axis=1)], {"s": ints(1, 3)}


def with_axes(name, axes, later):
    """Axes that were an attribute, and are an input from an opset on."""

    @operator(name)
    def _(opset):
        if opset < later:
            return [h.make_node(name, ["x"], ["y"], axes=axes)], {}
        return [h.make_node(name, ["x", "axes"], ["y"])], {"axes": ints(*axes)}


with_axes("Unsqueeze", [0], 13)
with_axes("ReduceSum", [2, 3], 13)
for name in "ReduceMean ReduceMax ReduceMin ReduceL2 ReduceSumSquare".split():
    with_axes(name, [2, 3], 18)


@operator("Squeeze")
def _(opset):
    pool = h.make_node("GlobalAveragePool", ["x"], ["pooled"])
    if opset < 13:
        return [pool, h.make_node("Squeeze", ["pooled"], ["y"], axes=[2, 3])], {}
    return [pool, h.make_node("Squeeze", ["pooled", "axes"], ["y"])], {"axes": ints(2, 3)}


@operator("Upsample", last=9)
def _(opset):
    if opset < 9:
        return [h.make_node("Upsample", ["x"], ["y"], mode="nearest", scales=[1.0, 1.0, 2.0, 2.0])], {}
    return [h.make_node("Upsample", ["x", "s"], ["y"], mode="nearest")], {"s": np.float32([1, 1, 2, 2])}


for mode in ("nearest", "linear"):

    @operator(f"Resize {mode}", 10)
    def _(opset, mode=mode):
        scales = {"s": np.float32([1, 1, 2, 2])}
        if opset < 11:
            return [h.make_node("Resize", ["x", "s"], ["y"], mode=mode)], scales
        # The region was not to be left out at first.
        region = {"region": np.float32([])} if opset < 13 else {}
        return [h.make_node("Resize", ["x", "region" if region else "", "s"], ["y"], mode=mode)], {**scales, **region}


@operator("Where", 9)
def _(opset):
    nodes = [h.make_node("Greater", ["x", "zero"], ["c"]), h.make_node("Where", ["c", "x", "other"], ["y"])]
    return nodes, {"zero": np.float32(0), "other": f32(4, 1, 1)}


@operator("Sqrt, Log and Reciprocal")
def _(opset):
    steps = ["Abs", "Sqrt", "Exp", "Reciprocal", "Log"]
    names = ["x", "a", "b", "c", "d", "y"]
    return [h.make_node(op, [names[at]], [names[at + 1]]) for at, op in enumerate(steps)], {}


@operator("Constant and ConstantOfShape", 9)
def _(opset):
    to = numpy_helper.from_array(ints(4, 1, 1), "value")
    nodes = [
        h.make_node("Constant", [], ["shape"], value=to),
        h.make_node("ConstantOfShape", ["shape"], ["zeros"]),
        h.make_node("Add", ["x", "zeros"], ["y"]),
    ]
    return nodes, {}


@operator("QuantizeLinear and DequantizeLinear", 10)
def _(opset):
    nodes = [h.make_node("QuantizeLinear", ["x", "s", "z"], ["q"]), h.make_node("DequantizeLinear", ["q", "s", "z"], ["y"])]
    return nodes, {"s": np.float32(0.02), "z": np.uint8(128)}


@operator("QLinearConv", 10)
def _(opset):
    nodes = [
        h.make_node("QuantizeLinear", ["x", "s", "z"], ["q"]),
        h.make_node("QLinearConv", ["q", "s", "z", "w", "ws", "wz", "s", "z"], ["r"]),
        h.make_node("DequantizeLinear", ["r", "s", "z"], ["y"]),
    ]
    weights = rng.integers(-100, 100, (5, 4, 3, 3)).astype("int8")
    return nodes, {"s": np.float32(0.05), "z": np.uint8(128), "w": weights, "ws": np.float32(0.01), "wz": np.int8(0)}


@operator("DynamicQuantizeLinear and MatMulInteger", 11)
def _(opset):
    nodes = [
        h.make_node("DynamicQuantizeLinear", ["x"], ["q", "s", "z"]),
        h.make_node("MatMulInteger", ["q", "m", "z"], ["i"]),
        h.make_node("Cast", ["i"], ["f"], to=T.FLOAT),
        h.make_node("Mul", ["f", "s"], ["y"]),
    ]
    return nodes, {"m": rng.integers(-100, 100, (6, 3)).astype("int8")}


@operator("Attention", 23)
def _(opset):
    return [h.make_node("Attention", ["x", "x", "x"], ["y"])], {}


def model_of(build, opset):
    nodes, constants = build(opset)
    # What it gives is brought to one type, and has the shape that it has.
    tail = h.make_node("Cast", ["y"], ["out"], to=T.FLOAT)
    net = h.make_graph(
        [*nodes, tail],
        "net",
        [h.make_tensor_value_info("x", T.FLOAT, SHAPE)],
        [h.make_tensor_value_info("out", T.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    return h.make_model(net, opset_imports=[h.make_opsetid("", opset)], ir_version=IR.get(opset, 8))


x = rng.normal(0, 1, SHAPE).astype("float32")
x.tofile(os.path.join(folder, "x"))
noted = []
for name, (build, first, last) in OPERATORS.items():
    for opset in range(first, last + 1):
        model = model_of(build, opset)
        file = f"{name.replace(' ', '-').replace(',', '')}-{opset}"
        onnx.save(model, os.path.join(folder, f"{file}.onnx"))
        case = {"operator": name, "opset": opset, "file": f"{file}.onnx"}
        try:
            session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
            out = session.run(None, {"x": x})[0]
            out.astype("<f4").tofile(os.path.join(folder, f"{file}.out"))
            case["answer"] = f"{file}.out"
        except Exception as error:
            case["refused"] = str(error)
        noted.append(case)
with open(os.path.join(folder, "operators.json"), "w") as file:
    json.dump({"shape": SHAPE, "cases": noted}, file)
