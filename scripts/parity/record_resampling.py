"""Records what Pillow, OpenCV and TensorFlow make of small images, for test/image/resampling/resample.test.ts.

    pip install pillow==12.1.1 opencv-python-headless==5.0.0.93 tensorflow-cpu==2.21.0
    python scripts/parity/record_resampling.py > test/image/resampling/recorded.json
"""

import base64
import json
import sys

import cv2
import numpy as np
import tensorflow as tf
from PIL import Image

# width, height, channels of the source; width and height of the target. Wide enough for OpenCV's quick ways.
SIZES = [
    (40, 30, 3, 16, 13),
    (15, 20, 1, 24, 32),
    (20, 16, 3, 10, 8),
    (33, 21, 1, 14, 30),
    (24, 24, 3, 24, 9),
]


def pixels(width, height, channels):
    """The same numbers as in the test: a generator of Lehmer, by its upper bits."""
    state = 1 + width * height * channels
    values = []
    for _ in range(width * height * channels):
        state = state * 48271 % 2147483647
        values.append(state >> 23)
    return np.array(values, dtype=np.uint8).reshape(height, width, channels)


def pillow(resample):
    def resize(image, width, height):
        image = image[:, :, 0] if image.shape[2] == 1 else image
        return np.asarray(Image.fromarray(image).resize((width, height), resample))

    return resize


def open_cv(interpolation):
    return lambda image, width, height: cv2.resize(
        image, (width, height), interpolation=interpolation
    )


def tensor_flow(method):
    return lambda image, width, height: tf.image.resize(image, (height, width), method).numpy()


# library, kernel, antialias, how it resizes
CASES = [
    ("Pillow", "nearest", False, pillow(Image.Resampling.NEAREST)),
    ("Pillow", "linear", True, pillow(Image.Resampling.BILINEAR)),
    ("Pillow", "cubic", True, pillow(Image.Resampling.BICUBIC)),
    ("Pillow", "lanczos3", True, pillow(Image.Resampling.LANCZOS)),
    ("OpenCV", "nearest-floor", False, open_cv(cv2.INTER_NEAREST)),
    ("OpenCV", "linear", False, open_cv(cv2.INTER_LINEAR)),
    ("OpenCV", "cubic-0.75", False, open_cv(cv2.INTER_CUBIC)),
    ("TensorFlow", "linear", False, tensor_flow("bilinear")),
    ("TensorFlow", "cubic", False, tensor_flow("bicubic")),
    ("TensorFlow", "lanczos3", False, tensor_flow("lanczos3")),
]

recorded = []
for library, kernel, antialias, resize in CASES:
    for from_width, from_height, channels, width, height in SIZES:
        image = pixels(from_width, from_height, channels)
        resized = np.clip(np.rint(resize(image, width, height)), 0, 255).astype(np.uint8)
        recorded.append(
            {
                "library": library,
                "kernel": kernel,
                "antialias": antialias,
                "from": [from_width, from_height, channels],
                "to": [width, height],
                "pixels": base64.b64encode(resized.tobytes()).decode(),
            }
        )
json.dump(recorded, sys.stdout, indent=1)
print()
