"""MLServer without workers beside it, which a model this fast does not repay. Usage: serve.py MODEL PORT

The Open Inference Protocol is its own; images, forms and JSON come by handlers of the model.
"""

import asyncio
import sys

import numpy as np
from digits import Digits, prepare, scaled
from fastapi import Request
from mlserver import MLModel, MLServer, ModelSettings
from mlserver.codecs import NumpyCodec, StringCodec
from mlserver.handlers import custom_handler
from mlserver.settings import ModelParameters, Settings
from mlserver.types import InferenceRequest, InferenceResponse


class Served(MLModel):
    """The model behind the protocol and the handlers."""

    async def load(self) -> bool:
        self.digits = Digits(self.settings.parameters.uri)
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        images = NumpyCodec.decode_input(payload.inputs[0]).astype(np.float32)
        best = self.digits.scores(images).argmax(axis=1)
        labels = StringCodec.encode_output("label", [str(at) for at in best])
        return InferenceResponse(model_name=self.name, outputs=[labels])

    @custom_handler(rest_path="/image")
    async def image(self, request: Request) -> dict:
        return self.digits.predictions(prepare(await request.body()))

    @custom_handler(rest_path="/files")
    async def files(self, request: Request) -> dict:
        form = await request.form()
        images = [prepare(await part.read()) for part in form.getlist("image")]
        return self.digits.predictions(np.stack(images))

    @custom_handler(rest_path="/json")
    async def json(self, request: Request) -> dict:
        return self.digits.predictions(scaled((await request.json())["instances"]))


async def main() -> None:
    port = int(sys.argv[2])
    settings = Settings(
        debug=False,
        host="127.0.0.1",
        http_port=port,
        grpc_port=port + 1,
        metrics_endpoint=None,
        parallel_workers=0,
    )
    model = ModelSettings(
        name="digits", implementation=Served, parameters=ModelParameters(uri=sys.argv[1])
    )
    await MLServer(settings).start([model])


asyncio.run(main())
