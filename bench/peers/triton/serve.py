"""NVIDIA Triton by its wheel PyTriton: tritonserver with its Python backend, which the wheel brings. Usage: serve.py MODEL PORT

The Open Inference Protocol is all that it speaks.
"""

import sys

import numpy as np
from digits import Digits
from pytriton.decorators import batch
from pytriton.model_config import DynamicBatcher, ModelConfig, Tensor
from pytriton.triton import Triton, TritonConfig

digits = Digits(sys.argv[1])
port = int(sys.argv[2])


@batch
def infer(image: np.ndarray) -> dict:
    best = digits.scores(image).argmax(axis=1)
    return {"label": np.array([[str(at).encode()] for at in best], dtype=object)}


config = TritonConfig(
    http_address="127.0.0.1",
    http_port=port,
    allow_grpc=False,
    allow_metrics=False,
    log_verbose=0,
)
with Triton(config=config) as triton:
    triton.bind(
        model_name="digits",
        infer_func=infer,
        inputs=[Tensor(name="image", dtype=np.float32, shape=(1, 28, 28))],
        outputs=[Tensor(name="label", dtype=bytes, shape=(1,))],
        config=ModelConfig(max_batch_size=64, batcher=DynamicBatcher()),
    )
    triton.serve()
