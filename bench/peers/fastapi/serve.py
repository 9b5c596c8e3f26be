"""FastAPI with Pillow and onnxruntime, as somebody who knows them writes it. Usage: serve.py MODEL PORT

The endpoints run on the event loop: a prediction takes less time than its hop to FastAPI's thread pool and back.
"""

import io
import sys

import numpy as np
import onnxruntime
import orjson
import uvicorn
from fastapi import FastAPI, File, Request, Response, UploadFile
from PIL import Image

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
app = FastAPI()


def prepare(data: bytes) -> np.ndarray:
    image = Image.open(io.BytesIO(data)).convert("L")
    if image.size != (28, 28):
        image = image.resize((28, 28), Image.Resampling.BILINEAR)
    return np.asarray(image, dtype=np.float32) / 255


def predict(images: np.ndarray) -> Response:
    (logits,) = session.run(None, {"image": images.reshape(-1, 1, 28, 28)})
    exps = np.exp(logits - logits.max(axis=1, keepdims=True))
    scores = exps / exps.sum(axis=1, keepdims=True)
    best = scores.argmax(axis=1)
    predictions = [
        {"label": str(label), "score": float(row[label])} for label, row in zip(best, scores)
    ]
    return Response(orjson.dumps({"predictions": predictions}), media_type="application/json")


@app.post("/image")
async def image(request: Request) -> Response:
    return predict(prepare(await request.body()))


@app.post("/files")
async def files(image: list[UploadFile] = File()) -> Response:
    return predict(np.stack([prepare(await part.read()) for part in image]))


@app.post("/json")
async def json(request: Request) -> Response:
    instances = orjson.loads(await request.body())["instances"]
    return predict(np.array(instances, dtype=np.float32) / 255)


uvicorn.run(
    app, host="127.0.0.1", port=int(sys.argv[2]), loop="uvloop", http="httptools", access_log=False
)
