"""The handler of TorchServe: what of a batch comes as an image, as a form or as JSON. The file of the model comes in MODEL."""

import os

from digits import Digits, prepare, scaled

served = Digits(os.environ["MODEL"])


def handle(data: list | None, context) -> list:
    """Called once without data when the worker starts."""
    return [served.predictions(images(row)) for row in data or []]


def images(row: dict):
    """What one request holds."""
    body = row.get("image", row.get("body"))
    if isinstance(body, dict):
        return scaled(body["instances"])
    return prepare(bytes(body))
