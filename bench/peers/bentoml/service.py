"""BentoML: one service in one worker. The file of the model comes in MODEL."""

import os

import bentoml
import numpy as np
from digits import Digits, pixels
from PIL.Image import Image


@bentoml.service(workers=1, traffic={"timeout": 30}, logging={"access": {"enabled": False}})
class Served:
    def __init__(self) -> None:
        self.digits = Digits(os.environ["MODEL"])

    @bentoml.api(route="/image")
    def image(self, data: Image, /) -> dict:
        return self.digits.predictions(pixels(data))

    @bentoml.api(route="/files")
    def files(self, image: list[Image]) -> dict:
        return self.digits.predictions(np.stack([pixels(each) for each in image]))

    @bentoml.api(route="/json")
    def json(self, instances: np.ndarray) -> dict:
        return self.digits.predictions(instances.astype(np.float32) / 255)
