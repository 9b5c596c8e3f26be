"""LitServe with one worker. It parses every body that is no form as JSON, so it takes no bare image. Usage: serve.py MODEL PORT"""

import sys

import litserve
import numpy as np
from digits import Digits, prepare, scaled


class Served(litserve.LitAPI):
    """Forms with files called image, and JSON with instances."""

    def setup(self, device: str) -> None:
        self.digits = Digits(sys.argv[1])

    def decode_request(self, request) -> np.ndarray:
        if "instances" in request:
            return scaled(request["instances"])
        return np.stack([prepare(part.file.read()) for part in request.getlist("image")])

    def predict(self, images: np.ndarray) -> dict:
        return self.digits.predictions(images)

    def encode_response(self, output: dict) -> dict:
        return output


if __name__ == "__main__":
    server = litserve.LitServer(Served(), accelerator="cpu", timeout=30)
    server.run(
        host="127.0.0.1",
        port=int(sys.argv[2]),
        generate_client_file=False,
        log_level="warning",
        access_log=False,
    )
