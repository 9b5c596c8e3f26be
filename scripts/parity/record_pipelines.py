"""Records what trainers' pipelines make of small images, for test/publishing/parity/find-contract.test.ts.

    pip install pillow==12.1.1 opencv-python-headless==5.0.0.93 tensorflow-cpu==2.21.0
    pip install --no-deps torchvision==0.29.2
    python scripts/parity/record_pipelines.py > test/publishing/parity/recorded.json
"""

import base64
import json
import sys

import cv2
import numpy as np
import tensorflow as tf
from PIL import Image

import torchvision_without_torch

torchvision = torchvision_without_torch.load()
SIDE = 14
SIZES = [(40, 30), (30, 44), (37, 37)]


def pixels(width, height):
    """The same numbers as in the test: a generator of Lehmer, by its upper bits."""
    state = 1 + width * height * 3
    values = []
    for _ in range(width * height * 3):
        state = state * 48271 % 2147483647
        values.append(state >> 23)
    return np.array(values, dtype=np.uint8).reshape(height, width, 3)


def letterbox(image):
    height, width = image.shape[:2]
    ratio = min(SIDE / width, SIDE / height)
    size = (round(width * ratio), round(height * ratio))
    small = cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)
    left, top = (SIDE - size[0]) // 2, (SIDE - size[1]) // 2
    border = (top, SIDE - size[1] - top, left, SIDE - size[0] - left)
    return cv2.copyMakeBorder(small, *border, cv2.BORDER_CONSTANT, value=(114,) * 3)


def cropped(image, side):
    resized = torchvision.resize(Image.fromarray(image), side, torchvision.InterpolationMode.BICUBIC)
    return np.asarray(torchvision.center_crop(resized, [SIDE, SIDE]))


PIPELINES = {
    "torchvision": lambda image: cropped(image, 16),
    "torchvision, an unusual size": lambda image: cropped(image, 19),
    "OpenCV": lambda image: cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC),
    "YOLO": letterbox,
    "Keras": lambda image: np.asarray(
        Image.fromarray(image).resize((SIDE, SIDE), Image.Resampling.NEAREST)
    ),
    "TensorFlow": lambda image: tf.image.resize(image, (SIDE, SIDE), "bilinear").numpy(),
}

recorded = {
    name: [base64.b64encode(prepare(pixels(*size)).tobytes()).decode() for size in SIZES]
    for name, prepare in PIPELINES.items()
}
json.dump(recorded, sys.stdout, indent=1)
print()
