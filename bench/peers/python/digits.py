"""The model as the servers in Python run it: Pillow, numpy and onnxruntime on one thread, as fast as that goes."""

import io

import numpy as np
import onnxruntime
from PIL import Image


def prepare(data: bytes) -> np.ndarray:
    """The bytes of an image as the model wants it."""
    return pixels(Image.open(io.BytesIO(data)))


def pixels(image: Image.Image) -> np.ndarray:
    """An image as the model wants it: grey, 28 x 28, from 0 to 1."""
    image = image.convert("L")
    if image.size != (28, 28):
        image = image.resize((28, 28), Image.Resampling.BILINEAR)
    return np.asarray(image, dtype=np.float32) / 255


def scaled(instances: list) -> np.ndarray:
    """Pixels from 0 to 255 as the model wants them."""
    return np.array(instances, dtype=np.float32) / 255


class Digits:
    """The model of a file."""

    def __init__(self, file: str) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        providers = ["CPUExecutionProvider"]
        self.session = onnxruntime.InferenceSession(file, options, providers=providers)

    def scores(self, images: np.ndarray) -> np.ndarray:
        """A row of scores for each image."""
        (logits,) = self.session.run(None, {"image": images.reshape(-1, 1, 28, 28)})
        exps = np.exp(logits - logits.max(axis=1, keepdims=True))
        return exps / exps.sum(axis=1, keepdims=True)

    def predictions(self, images: np.ndarray) -> dict:
        """The best class of each image, as it is answered."""
        scores = self.scores(images)
        best = scores.argmax(axis=1)
        rows = [{"label": str(at), "score": float(row[at])} for at, row in zip(best, scores)]
        return {"predictions": rows}
