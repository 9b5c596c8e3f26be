"""Hugging Face datasets: Parquet with the Image feature, JSON lines, CSV, and what save_to_disk leaves."""

import datasets
from examples import image, labels, path, pixels, wrote

features = datasets.Features(
    {"image": datasets.Image(), "label": datasets.ClassLabel(names=[str(name) for name in sorted(set(labels))])}
)
images = datasets.Dataset.from_dict({"image": [image(row) for row in pixels], "label": labels}, features=features)
lists = datasets.Dataset.from_dict({"pixels": pixels, "label": labels})
datasets.disable_progress_bars()

images.to_parquet(path("images.parquet"))
wrote("to_parquet of images", "images.parquet", shape="8x8")
images.save_to_disk(path("saved"))
wrote("save_to_disk of images", "saved/data-00000-of-00001.arrow", shape="8x8")
lists.to_parquet(path("lists.parquet"))
wrote("to_parquet of lists", "lists.parquet")
lists.to_json(path("lists.jsonl"))
wrote("to_json of lists", "lists.jsonl")
