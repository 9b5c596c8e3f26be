"""Writes the forms of ONNX that exporters and tools leave behind, by ONNX' own helper and ONNX Runtime's quantiser, for npm
run test:exporters: types of inputs and outputs, shapes, weights beside the graph, metadata, every opset, and what is refused."""

import json
import os
import sys

import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_static

from case import Images, note

(folder,) = sys.argv[1:]
rng = np.random.default_rng(1)
FLOAT = {"float32": T.FLOAT, "float16": T.FLOAT16, "uint8": T.UINT8, "float64": T.DOUBLE}


def weights(count=5, channels=3, kind="float32"):
    return {
        "w": rng.normal(0, 0.3, (8, channels, 3, 3)).astype(kind),
        "b": rng.normal(0, 0.3, 8).astype(kind),
        "m": rng.normal(0, 0.5, (count, 8, 1, 1)).astype(kind),
        "n": rng.normal(0, 0.5, count).astype(kind),
    }


BODY = [
    h.make_node("Conv", ["pixels", "w", "b"], ["convolved"], pads=[1, 1, 1, 1], strides=[2, 2]),
    h.make_node("Relu", ["convolved"], ["rectified"]),
    h.make_node("GlobalAveragePool", ["rectified"], ["pooled"]),
    h.make_node("Conv", ["pooled", "m", "n"], ["spatial"]),
]
FLAT = [h.make_node("Flatten", ["spatial"], ["scores"])]
AS_IT_IS = [h.make_node("Identity", ["x"], ["pixels"])]


def graph(nodes, shape, constants, outputs, takes="float32", gives=T.FLOAT):
    return h.make_graph(
        nodes,
        "net",
        [h.make_tensor_value_info("x", FLOAT[takes], shape)],
        [h.make_tensor_value_info(name, gives, size) for name, size in outputs],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )


def write(name, made, images, args=(), opset=13, ir=8, metadata=None, domains=(), **what):
    model = h.make_model(
        made, opset_imports=[h.make_opsetid("", opset), *(h.make_opsetid(*one) for one in domains)], ir_version=ir
    )
    for key, value in (metadata or {}).items():
        model.metadata_props.add(key=key, value=value)
    save(name, model, images, args, **what)


def save(name, model, images, args=(), beside=None, **what):
    name = f"onnx-{name}"
    path = os.path.join(folder, f"{name}.onnx")
    if beside:
        place = os.path.join(folder, os.path.dirname(beside))
        os.makedirs(place, exist_ok=True)
        onnx.save(model, path, save_as_external_data=True, location=beside, size_threshold=0)
    else:
        onnx.save(model, path)
    note(folder, name, f"{name}.onnx", images, args, **what)


colour, grey = Images(16, 16, 3), Images(28, 28, 1, layout="NHW")
plain = lambda count=5, channels=3, batch="N", kind="float32": (
    graph(AS_IT_IS + BODY + FLAT, [batch, channels, 16, 16], weights(count, channels, kind), [("scores", [batch, count])])
)

# --- what goes in ---------------------------------------------------------------------------------------------
cast = [
    h.make_node("Cast", ["x"], ["numbers"], to=T.FLOAT),
    h.make_node("Mul", ["numbers", "share"], ["pixels"]),
]
share = {"share": np.float32(1 / 255)}
takes_bytes = Images(16, 16, 3, dtype="uint8")
write("uint8", graph(cast + BODY + FLAT, ["N", 3, 16, 16], {**weights(), **share}, [("scores", ["N", 5])], "uint8"), takes_bytes)
halves = graph(AS_IT_IS + BODY + FLAT, ["N", 3, 16, 16], weights(kind="float16"), [("scores", ["N", 5])], "float16", T.FLOAT16)
write("float16", halves, Images(16, 16, 3, dtype="float16"), tolerance=2e-3)
flat = [h.make_node("Flatten", ["x"], ["row"]), h.make_node("Gemm", ["row", "m", "n"], ["scores"])]
row = {"m": rng.normal(0, 0.1, (784, 10)).astype("float32"), "n": np.zeros(10, "float32")}
write("n-28-28", graph(flat, ["N", 28, 28], row, [("scores", ["N", 10])]), grey, classes=10)
write("row-of-pixels", graph(flat, ["N", 784], row, [("scores", ["N", 10])]), Images(28, 28, 1, layout="NC"), classes=10)
last = [h.make_node("Transpose", ["x"], ["pixels"], perm=[0, 3, 1, 2])]
write("channels-last", graph(last + BODY + FLAT, ["N", 16, 16, 3], weights(), [("scores", ["N", 5])]), Images(16, 16, 3, layout="NHWC"))
open_axes = graph(AS_IT_IS + BODY + FLAT, ["N", "C", "H", "W"], weights(), [("scores", ["N", 5])])
write("every-axis-open", open_axes, colour, ["--shape", "3,16,16"])
write("every-axis-open-and-nothing-said", open_axes, colour, refused="does not tell the size of an image: say it with --shape")
write("batch-of-one", plain(batch=1), colour)
write("batch-of-two", plain(batch=2), colour)
four = [*AS_IT_IS, *BODY, *FLAT]
write(
    "4-channels",
    graph(four, ["N", 4, 16, 16], weights(channels=4), [("scores", ["N", 5])]),
    colour,
    refused="takes images of 4 channels",
)
rgba = ["--preprocessing", '{"colourSpace": "rgba"}']
write("colours-and-alpha", graph(four, ["N", 4, 16, 16], weights(channels=4), [("scores", ["N", 5])]), Images(16, 16, 4), rgba)
moved = {"mean": [0.1, 0.2, 0.3, 0.5], "std": [0.5, 0.4, 0.3, 0.25]}
write(
    "colours-and-alpha-last",
    graph(last + BODY + FLAT, ["N", 16, 16, 4], weights(channels=4), [("scores", ["N", 5])]),
    Images(16, 16, 4, layout="NHWC", **moved),
    ["--preprocessing", json.dumps({"colourSpace": "rgba", **moved})],
)
doubles = graph([h.make_node("Cast", ["x"], ["pixels"], to=T.FLOAT), *BODY, *FLAT], ["N", 3, 16, 16], weights(), [("scores", ["N", 5])], "float64")
write("float64", doubles, colour, refused="it must take one input of float32, uint8, float16")
several = graph(AS_IT_IS + BODY + FLAT, ["N", 3, 16, 16], weights(), [("scores", ["N", 5])])
several.input.append(h.make_tensor_value_info("sizes", T.INT64, ["N", 2]))
write("several-inputs", several, colour, refused="it must take one input of float32, uint8, float16")

# --- what comes out -------------------------------------------------------------------------------------------
sigmoid = [h.make_node("Flatten", ["spatial"], ["score"]), h.make_node("Sigmoid", ["score"], ["p"])]
write("one-sigmoid", graph(AS_IT_IS + BODY + sigmoid, ["N", 3, 16, 16], weights(1), [("p", ["N", 1])]), colour, classes=2, kind="sigmoid")
write("one-logit", plain(1), colour, classes=2)
write("n-10-1-1", graph(AS_IT_IS + BODY, ["N", 3, 16, 16], weights(10), [("spatial", ["N", 10, 1, 1])]), colour, classes=10)
two = graph(AS_IT_IS + BODY + FLAT, ["N", 3, 16, 16], weights(8), [("pooled", ["N", 8, 1, 1]), ("scores", ["N", 8])])
write("several-outputs-alike", two, colour, classes=8, refused="more than one output gives scores for 8 classes")
write("several-outputs-one-named", two, colour, ["--output", "scores"], classes=8, output="scores")
two = graph(AS_IT_IS + BODY + FLAT, ["N", 3, 16, 16], weights(), [("pooled", ["N", 8, 1, 1]), ("scores", ["N", 5])])
write("several-outputs", two, colour, output="scores")
softmax = [*FLAT, h.make_node("Softmax", ["scores"], ["p"], axis=1)]
soft = lambda: graph(AS_IT_IS + BODY + softmax, ["N", 3, 16, 16], weights(), [("p", ["N", 5])])
write("softmax", soft(), colour, kind="probabilities")
log = [*FLAT, h.make_node("LogSoftmax", ["scores"], ["p"], axis=1)]
write("log-softmax", graph(AS_IT_IS + BODY + log, ["N", 3, 16, 16], weights(), [("p", ["N", 5])]), colour)
double = [*FLAT, h.make_node("Cast", ["scores"], ["d"], to=T.DOUBLE)]
write("float64-scores", graph(AS_IT_IS + BODY + double, ["N", 3, 16, 16], weights(), [("d", ["N", 5])], gives=T.DOUBLE), colour)

# --- what is told beside the graph ----------------------------------------------------------------------------
labels = ["ant", "bee's", "cat, wild", "dog", "eel"]
for key, text in {
    "names": str(dict(enumerate(labels))),
    "id2label": '{"0": "ant", "1": "bee\'s", "2": "cat, wild", "3": "dog", "4": "eel"}',
    "classes": '["ant", "bee\'s", "cat, wild", "dog", "eel"]',
}.items():
    write(f"metadata-{key}", plain(), colour, metadata={key: text}, labels=labels, say_classes=False)
write("no-names", plain(), colour, say_classes=False, refused="Name the classes with --classes")
write("weights-in-a-folder", plain(), colour, beside="weights/net.bin")
foreign = graph(
    [h.make_node("Mystery", ["x"], ["pixels"], domain="com.example"), *BODY, *FLAT], ["N", 3, 16, 16], weights(), [("scores", ["N", 5])]
)
write("operator-of-others", foreign, colour, domains=[("com.example", 1)], refused="Mystery")

# --- eight bits -----------------------------------------------------------------------------------------------
float_path = os.path.join(folder, "float.model")
onnx.save(h.make_model(soft(), opset_imports=[h.make_opsetid("", 13)], ir_version=8), float_path)


class Reader(CalibrationDataReader):
    def __init__(self):
        self.rows = iter([{"x": rng.random((8, 3, 16, 16)).astype("float32")} for _ in range(4)])

    def get_next(self):
        return next(self.rows, None)


for name, form in {"qdq": QuantFormat.QDQ, "qoperator": QuantFormat.QOperator}.items():
    to = os.path.join(folder, "eight-bits.model")
    quantize_static(float_path, to, Reader(), quant_format=form)
    # ONNX Runtime of another version may round a value in the middle to the other of two neighbours.
    save(f"int8-softmax-{name}", onnx.load(to), colour, kind="probabilities", tolerance=1 / 250)
    os.remove(to)
os.remove(float_path)

# --- every opset ----------------------------------------------------------------------------------------------
IR = {6: 4, 7: 4, 8: 4, 9: 4, 10: 5, 11: 6, 12: 7, 13: 7, 14: 7, 19: 9, 20: 9, 21: 10, 22: 10, 23: 11, 24: 12}
for opset in range(6, 25):
    write(f"opset-{opset}", soft(), colour, opset=opset, ir=IR.get(opset, 8), kind="probabilities")
for opset, ir, refused in [(27, 10, "opset 27"), (99, 10, "opset 99"), (13, 99, "IR version 99")]:
    write(f"opset-{opset}-ir-{ir}", soft(), colour, opset=opset, ir=ir, refused=refused)
