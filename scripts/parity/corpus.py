"""The pictures that are compared: made up, so that anybody has them."""

import math
import os

import numpy as np
from PIL import Image, ImageDraw


def scene(width, height, seed):
    """Something like a photo: soft light, round things, fine texture and a little noise."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    image = np.empty((height, width, 3))
    for channel in range(3):
        image[..., channel] = 110 + 60 * np.sin(x / width * 3 + channel) + 40 * np.cos(y / height * 4)
    for _ in range(14):
        cx, cy = random.uniform(0, width), random.uniform(0, height)
        radius = random.uniform(0.04, 0.2) * min(width, height)
        colour = random.uniform(0, 255, 3)
        inside = np.clip(radius - np.hypot(x - cx, y - cy), 0, 1)[..., None]
        image = image * (1 - inside) + colour * inside
    texture = 14 * np.sin(x * 0.9 + y * 0.35) + 10 * np.sin(y * 1.7)
    image += texture[..., None] + random.normal(0, 5, image.shape)
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def gradients(width, height):
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    planes = [x / width, y / height, (x + y) / (width + height)]
    return np.rint(np.stack(planes, axis=-1) * 255).astype(np.uint8)


def lettering(width, height):
    image = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(image)
    for row in range(0, height, 14):
        draw.text((3, row), "Parity is black on white, 0123456789 " * 4, fill=(10, 10, 40))
    for at in range(0, width, 37):
        draw.line((at, 0, width - at, height), fill=(200, 30, 20))
    return np.asarray(image)


def write(folder):
    """Writes every picture, and returns their names."""
    os.makedirs(folder, exist_ok=True)

    def save(name, pixels, **options):
        image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
        image.save(os.path.join(folder, name), **options)

    save("landscape.png", scene(640, 480, 1))
    save("portrait.png", scene(375, 500, 2))
    save("large.png", scene(1801, 1203, 3))
    save("gradients.png", gradients(300, 300))
    save("lettering.png", lettering(501, 333))
    save("small-odd.png", scene(97, 61, 4))
    save("grey.png", scene(320, 241, 5)[..., 1])
    save("lossless.webp", scene(410, 307, 6), lossless=True)
    save("photo.jpg", scene(640, 480, 7), quality=90)
    save("photo-444.jpg", scene(500, 667, 8), quality=95, subsampling=0)
    save("photo-grey.jpg", scene(333, 250, 9)[..., 0], quality=85)

    turned = Image.Exif()
    turned[0x0112] = 6
    save("turned.png", scene(400, 300, 10), exif=turned)

    alpha = np.dstack([scene(320, 240, 11), np.zeros((240, 320), np.uint8)])
    y, x = np.mgrid[0:240, 0:320]
    alpha[..., 3] = np.clip(255 - np.hypot(x - 160, y - 120) * 1.4, 0, 255)
    save("alpha.png", alpha)

    depth = scene(300, 220, 12)[..., 0].astype(np.uint16) * 257 + 90
    save("deep-grey.png", Image.fromarray(depth))

    profile = wide_gamut_profile()
    save("profile.png", scene(360, 270, 13), icc_profile=profile)
    return sorted(os.listdir(folder))


def wide_gamut_profile():
    """An ICC profile of three primaries wider than sRGB's and a gamma of 2.2, by the letter of ICC.1:2001."""

    def fixed(value):
        return round(value * 65536).to_bytes(4, "big", signed=True)

    def xyz(*values):
        return b"XYZ \0\0\0\0" + b"".join(fixed(value) for value in values)

    text = b"Wide\0"
    description = b"desc\0\0\0\0" + len(text).to_bytes(4, "big") + text + bytes(78)
    curve = b"curv\0\0\0\0" + (1).to_bytes(4, "big") + math.floor(2.2 * 256).to_bytes(2, "big") + b"\0\0"
    tags = {
        b"desc": description + bytes(-len(description) % 4),
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": xyz(0.60974, 0.31111, 0.01947),
        b"gXYZ": xyz(0.20528, 0.62567, 0.06087),
        b"bXYZ": xyz(0.14919, 0.06322, 0.74457),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
        b"cprt": b"text\0\0\0\0none\0\0\0\0",
    }
    at = 128 + 4 + 12 * len(tags)
    table, body = len(tags).to_bytes(4, "big"), b""
    for name, value in tags.items():
        table += name + (at + len(body)).to_bytes(4, "big") + len(value).to_bytes(4, "big")
        body += value
    header = bytearray(128)
    header[0:4] = (at + len(body)).to_bytes(4, "big")
    header[8:12] = bytes([2, 0x40, 0, 0])
    header[12:24] = b"mntrRGB XYZ "
    header[36:40] = b"acsp"
    header[68:80] = fixed(0.9642) + fixed(1.0) + fixed(0.8249)
    return bytes(header) + table + body
