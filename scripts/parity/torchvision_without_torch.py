"""torchvision's own code for PIL images, without torch.

Resize and CenterCrop on a PIL image never touch a tensor, but their module imports torch, which on Linux is gigabytes of
CUDA from PyPI. Here the names it takes from torch at its top stand for nothing; whatever really needed one would fail.
"""

import importlib.machinery
import importlib.util
import os
import sys
import types

from PIL import Image


class _Nothing:
    def __init__(self, *args, **kwargs):
        raise NotImplementedError("this needs torch")

    def __class_getitem__(cls, item):
        return cls


class _Placeholder(types.ModuleType):
    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "jit":
            return types.SimpleNamespace(
                unused=lambda function: function,
                is_scripting=lambda: False,
                is_tracing=lambda: False,
            )
        return _Nothing


class _TorchFinder:
    def find_spec(self, name, path, target=None):
        if name == "torch" or name.startswith("torch."):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        return _Placeholder(spec.name)

    def exec_module(self, module):
        pass


def _package(name, folder):
    module = types.ModuleType(name)
    module.__path__ = [folder]
    sys.modules[name] = module


def load():
    """The module torchvision.transforms.functional."""
    folder = os.path.dirname(importlib.util.find_spec("torchvision").origin)
    sys.meta_path.insert(0, _TorchFinder())
    _package("torchvision", folder)
    _package("torchvision.transforms", os.path.join(folder, "transforms"))
    utils = types.ModuleType("torchvision.utils")
    utils._log_api_usage_once = lambda thing: None
    utils._Image_fromarray = Image.fromarray
    sys.modules["torchvision.utils"] = utils
    return importlib.import_module("torchvision.transforms.functional")
