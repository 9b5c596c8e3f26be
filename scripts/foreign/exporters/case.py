"""What all writers of models share: images that are the same everywhere, the tensors made of them, and how a case is noted.

A case is a file NAME.json beside the model: how `glimpse publish` is called, what the library that made the model answers, and
what comes of it. No package is needed, so that every Python can write one."""

import json
import os
import struct
import zlib

IMAGES = 3


def levels(seed, count):
    """Levels of an image, the same everywhere."""
    state, drawn = seed * 7919 + 17, bytearray()
    for _ in range(count):
        state = (state * 1103515245 + 12345) % 2**31
        drawn.append(state >> 16 & 255)
    return bytes(drawn)


def write_png(path, pixels, height, width, channels):
    """An image of 8 bits, grey, RGB or RGBA."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = width * channels
    rows = b"".join(b"\0" + pixels[at * row : (at + 1) * row] for at in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, {1: 0, 3: 2, 4: 6}[channels], 0, 0, 0)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


class Images:
    """Images of one size, and what a contract makes of them."""

    def __init__(self, height, width, channels, layout="NCHW", scale=1 / 255, mean=None, std=None, dtype="float32"):
        self.size = (height, width, channels)
        self.layout, self.dtype, self.scale = layout, dtype, scale
        self.mean, self.std = mean or [0] * channels, std or [1] * channels
        self.pixels = [levels(seed, height * width * channels) for seed in range(IMAGES)]

    def shape(self, batch=IMAGES):
        """The shape of a tensor of so many images; None leaves the axis out."""
        height, width, channels = self.size
        shape = {
            "NCHW": [channels, height, width],
            "NHWC": [height, width, channels],
            "NHW": [height, width],
            "NC": [height * width * channels],
        }[self.layout]
        return shape if batch is None else [batch, *shape]

    def values(self):
        """The numbers of each image, in the order of the layout."""
        return [self._ordered(pixels) for pixels in self.pixels]

    def _ordered(self, pixels):
        height, width, channels = self.size
        of = lambda level, c: level if self.dtype == "uint8" else (level * self.scale - self.mean[c]) / self.std[c]
        if self.layout != "NCHW":
            return [of(level, at % channels) for at, level in enumerate(pixels)]
        area = range(height * width)
        return [of(pixels[at * channels + c], c) for c in range(channels) for at in area]


def note(folder, name, file, images, args=(), classes=5, own=None, **what):
    """Notes a case. `own` is what the library that made it answers; `refused` the end of a sentence where it must be refused."""
    labels = what.pop("labels", None) or [f"c{at}" for at in range(classes)]
    if what.pop("say_classes", True):
        args = ["--classes", ",".join(labels), *args]
    for at, pixels in enumerate(images.pixels):
        write_png(os.path.join(folder, f"{name}-{at}.png"), pixels, *images.size)
    case = {
        "name": name,
        "file": file,
        "args": list(args),
        "labels": labels,
        "images": IMAGES,
        "shape": images.shape(),
        "dtype": images.dtype,
        "values": images.values(),
        "kind": what.pop("kind", "logits"),
        "own": own,
        **what,
    }
    with open(os.path.join(folder, f"{name}.json"), "w") as out:
        json.dump(case, out)
