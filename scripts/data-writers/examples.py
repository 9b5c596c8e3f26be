"""What every writer writes, and how it tells what it wrote."""

import io
import json
import sys
from pathlib import Path

given, folder = json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2])
side = given["side"]
pixels = [example["pixels"] for example in given["examples"]]
labels = [example["label"] for example in given["examples"]]
columns = {f"p{at}": [row[at] for row in pixels] for at in range(side * side)}
table = {"label": labels, **columns}


def wrote(name, file, **options):
    """One line for each form: what it is called, what a request names, and the options of glimpse for it."""
    print(json.dumps({"name": name, "file": str(file), "options": options}), flush=True)


def path(name):
    out = folder / name
    out.parent.mkdir(parents=True, exist_ok=True)
    return str(out)


def image(row):
    from PIL import Image

    return Image.frombytes("L", (side, side), bytes(row))


def png(row):
    out = io.BytesIO()
    image(row).save(out, "PNG")
    return out.getvalue()
