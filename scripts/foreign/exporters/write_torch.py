"""Writes models by PyTorch's exporters, for npm run test:exporters: the earlier one (TorchScript), and that of torch.export."""

import os
import sys

import torch
from torch import nn

from case import Images, note

folder, exporter = sys.argv[1:]
torch.manual_seed(1)
torch.set_grad_enabled(False)
is_dynamo = exporter == "dynamo"
short = "torch-" + torch.__version__.split("+")[0].rsplit(".", 1)[0] + ("-dynamo" if is_dynamo else "-legacy")
IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
SAID = '{"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}'


def body(channels=3):
    return nn.Sequential(
        nn.Conv2d(channels, 8, 3, padding=1, bias=False),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 8, 3, groups=8, padding=1),
        nn.Hardtanh(0, 6),
        nn.Conv2d(8, 16, 1),
        nn.Hardswish(),
    )


def head(count=5):
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, count))


class Two(nn.Module):
    """Scores, and what they were made of."""

    def __init__(self):
        super().__init__()
        self.body, self.head = body(), head()

    def forward(self, x):
        features = self.body(x)
        return features.mean((2, 3)), self.head(features)


class Levels(nn.Module):
    """Takes bytes, the channels last."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(body(), head())

    def forward(self, x):
        return self.net(x.permute(0, 3, 1, 2).float() / 255)


def export(name, net, images, open_axes=None, args=(), **what):
    net = net.eval()
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    dtype = {"uint8": torch.uint8, "float16": torch.float16}.get(images.dtype, torch.float32)
    given = torch.tensor(images.values()).to(dtype).reshape(images.shape())
    own = net(given)
    own = own[what.pop("pick")] if isinstance(own, tuple) else own
    name = f"{short}-{name}"
    path = os.path.join(folder, f"{name}.onnx")
    opset = what.pop("opset", None)
    if is_dynamo:
        shapes = None if open_axes is None else ({axis: torch.export.Dim(f"axis{axis}") if axis else "N" for axis in open_axes},)
        example = given if open_axes else given[:1]
        chosen = {"opset_version": opset} if opset else {}
        kept = {"external_data": what.pop("external")} if "external" in what else {}
        torch.onnx.export(net, (example,), path, dynamo=True, dynamic_shapes=shapes, verbose=False, **chosen, **kept)
    else:
        axes = {"x": {axis: f"axis{axis}" for axis in open_axes}} if open_axes else None
        later = {"dynamo": False} if torch.__version__ >= "2" else {}
        names = what.pop("outputs", ["scores"])
        torch.onnx.export(
            net, (given[:1],), path, input_names=["x"], output_names=names, dynamic_axes=axes, opset_version=opset or 13, **later
        )
    note(folder, name, f"{name}.onnx", images, args, own=own.double().reshape(len(given), -1).tolist(), **what)


colour = Images(16, 16, 3, **IMAGENET)
said = ["--preprocessing", SAID]
whole = lambda count=5: nn.Sequential(body(), head(count))

export("fixed-batch", whole(), colour, args=said)
export("open-batch", whole(), colour, [0], said)
open_sides = ["--shape", "3,16,16"] if is_dynamo else ["--width", "16", "--height", "16"]
export("open-sides", whole(), colour, [0, 2, 3], [*said, *open_sides])
export("sigmoid", nn.Sequential(whole(1), nn.Sigmoid()), colour, [0], said, classes=2, kind="sigmoid")
export("one-logit", whole(1), colour, [0], said, classes=2)
export("softmax", nn.Sequential(whole(), nn.Softmax(1)), colour, [0], said, kind="probabilities")
flat = nn.Sequential(body(), nn.AdaptiveAvgPool2d(1), nn.Conv2d(16, 10, 1))
export("n-10-1-1", flat, colour, [0], said, classes=10)
grey = Images(28, 28, 1, layout="NHW")
export("n-28-28", nn.Sequential(nn.Flatten(), nn.Linear(784, 10)), grey, [0], classes=10)
export("uint8", Levels(), Images(16, 16, 3, layout="NHWC", dtype="uint8"), [0])
export("several-outputs", Two(), colour, [0], said, pick=1, last=True, **({} if is_dynamo else {"outputs": ["features", "scores"]}))
if is_dynamo:
    export("weights-beside", whole(), colour, [0], said, external=True)
    export("weights-inside", whole(), colour, [0], said, external=False)
opsets = (18, 20, 22, 23) if is_dynamo else (9, 10, 11, 12, 14, 15, 16, 17)
for opset in opsets:
    export(f"opset-{opset}", nn.Sequential(body()[:5], nn.ReLU6(), nn.Conv2d(8, 16, 1), head()), colour, [0], said, opset=opset)
