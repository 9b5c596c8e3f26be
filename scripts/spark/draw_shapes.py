"""Draws files of shapes in colour into a folder for each class: draw_shapes.py FOLDER COUNT SEED. Sides and formats differ; one file is broken."""

import os
import random
import sys

from PIL import Image, ImageDraw

folder, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
chance = random.Random(seed)


def colour(low, high):
    return tuple(chance.randrange(low, high) for _ in range(3))


def draw(kind):
    width, height = chance.randrange(40, 97), chance.randrange(40, 97)
    image = Image.new("RGB", (width, height), colour(170, 256))
    pen = ImageDraw.Draw(image)
    radius = chance.randrange(10, 18)
    x, y = chance.randrange(radius, width - radius), chance.randrange(radius, height - radius)
    box = (x - radius, y - radius, x + radius, y + radius)
    if kind == "circle":
        pen.ellipse(box, fill=colour(0, 110))
    elif kind == "square":
        pen.rectangle(box, fill=colour(0, 110))
    else:
        pen.polygon([(x, y - radius), (x + radius, y + radius), (x - radius, y + radius)], fill=colour(0, 110))
    return image


for place in range(count):
    kind = ("circle", "square", "triangle")[place % 3]
    os.makedirs(os.path.join(folder, kind), exist_ok=True)
    end = ("png", "jpg", "webp")[chance.randrange(3)]
    options = {"quality": 92} if end != "png" else {}
    draw(kind).save(os.path.join(folder, kind, f"{place:05}.{end}"), **options)
