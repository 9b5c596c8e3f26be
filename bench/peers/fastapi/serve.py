"""FastAPI on uvicorn with uvloop and httptools. Usage: serve.py MODEL PORT

The endpoints run on the event loop: a prediction takes less time than its hop to FastAPI's thread pool and back.
"""

import sys

import numpy as np
import orjson
import uvicorn
from digits import Digits, prepare, scaled
from fastapi import FastAPI, File, Request, Response, UploadFile

digits = Digits(sys.argv[1])
app = FastAPI()


def answer(images: np.ndarray) -> Response:
    return Response(orjson.dumps(digits.predictions(images)), media_type="application/json")


@app.post("/image")
async def image(request: Request) -> Response:
    return answer(prepare(await request.body()))


@app.post("/files")
async def files(image: list[UploadFile] = File()) -> Response:
    return answer(np.stack([prepare(await part.read()) for part in image]))


@app.post("/json")
async def json(request: Request) -> Response:
    return answer(scaled(orjson.loads(await request.body())["instances"]))


uvicorn.run(
    app, host="127.0.0.1", port=int(sys.argv[2]), loop="uvloop", http="httptools", access_log=False
)
