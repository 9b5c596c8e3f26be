"""Writes the TFRecord files beside it, as TF-Slim names features and as TensorFlow's guide does.

Run again only to change them: python3 write-fixtures.py (needs pillow and the package tfrecord).
"""

import io
from pathlib import Path

from PIL import Image
from tfrecord.writer import TFRecordWriter

here = Path(__file__).parent
COUNT, SIDE = 6, 4
names = [b"cat", b"dog", b"emu"]
pixels = [[(i * 37 + p * 11) % 256 for p in range(SIDE * SIDE)] for i in range(COUNT)]


def png(values):
    out = io.BytesIO()
    Image.frombytes("L", (SIDE, SIDE), bytes(values)).save(out, "PNG")
    return out.getvalue()


def write(name, describe):
    writer = TFRecordWriter(str(here / name))
    for i, row in enumerate(pixels):
        writer.write(describe(i, row))
    writer.close()


write("slim.tfrecord", lambda i, row: {
    "image/encoded": (png(row), "byte"), "image/format": (b"png", "byte"), "image/height": (SIDE, "int"),
    "image/width": (SIDE, "int"), "image/class/label": (i % 3, "int"), "image/class/text": (names[i % 3], "byte")})
write("raw.tfrecord", lambda i, row: {
    "image_raw": (bytes(row), "byte"), "label": (i % 3, "int"), "height": (2, "int"), "width": (8, "int"), "depth": (1, "int")})
write("floats.tfrecord", lambda i, row: {"image": ([float(value) for value in row], "float"), "label": (names[i % 3], "byte")})
