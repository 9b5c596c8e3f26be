import { pythonClient } from './python.ts';

/** Triton's own client over HTTP, with tensors as bytes, as JSON and packed. */
export const tritonHttp = pythonClient(
  'tritonclient http',
  ['tritonclient[http]==2.73.0', 'numpy==2.2.6'],
  `
import numpy as np
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException
client = triton.InferenceServerClient(url.split("//")[1])
two = np.array([tensors["7"], tensors["4"]], dtype=np.float32).reshape(2, 1, 28, 28)

def infer(values, datatype, name="image", binary=True, outputs=None, **more):
    given = triton.InferInput(name, list(values.shape), datatype)
    given.set_data_from_numpy(values, binary_data=binary)
    return client.infer("digits", [given], outputs=outputs, **more)

tell("live, ready", "True True True", f"{client.is_server_live()} {client.is_server_ready()} {client.is_model_ready('digits')}")
tell("server", "glimpse", client.get_server_metadata()["name"])
metadata = client.get_model_metadata("digits")
tell("metadata", "image FP32 [-1, 1, 28, 28]", " ".join(str(metadata["inputs"][0][key]) for key in ("name", "datatype", "shape")))
tell("configuration", "[1, 28, 28]", client.get_model_config("digits")["input"][0]["dims"])
tell("index", "READY", client.get_model_repository_index()[0]["state"])
client.load_model("digits")
tell("FP32 as bytes", "7,4", best(infer(two, "FP32").as_numpy("logits")))
tell("FP32 as JSON", "7,4", best(infer(two, "FP32", binary=False, outputs=[triton.InferRequestedOutput("logits", binary_data=False)]).as_numpy("logits")))
tell("FP16 as bytes", "7,4", best(infer(two.astype(np.float16), "FP16").as_numpy("logits")))
tell("pixels", "7,4", best(infer((two * 255).astype(np.uint8), "UINT8", "pixels").as_numpy("logits")))
tell("files", "7,4", best(infer(np.array([files["7"], files["4"]], dtype=object), "BYTES").as_numpy("logits")))
tell("gzip", "7,4", best(infer(two, "FP32", request_compression_algorithm="gzip").as_numpy("logits")))
labels = infer(two, "FP32", outputs=[triton.InferRequestedOutput("label")]).as_numpy("label")
tell("label", "7,4", ",".join(one.decode() for one in labels))
classes = infer(two, "FP32", outputs=[triton.InferRequestedOutput("probabilities", class_count=1)]).as_numpy("probabilities")
tell("classification", "7,4", ",".join(one[0].decode().split(":")[2] for one in classes))
tell("a version, an id", "1 a-1", " ".join([infer(two, "FP32", model_version="1").get_response()["model_version"], infer(two, "FP32", request_id="a-1").get_response()["id"]]))
tell("statistics", "True", client.get_inference_statistics("digits")["model_stats"][0]["inference_count"] >= 20)
try:
    client.get_model_metadata("none")
    tell("no such model", "error", "none")
except InferenceServerException as error:
    tell("no such model", "404", error.status())
`,
);

/** Triton's own client over gRPC. */
export const tritonGrpc = pythonClient(
  'tritonclient grpc',
  ['tritonclient[grpc]==2.73.0', 'numpy==2.2.6'],
  `
import numpy as np
import tritonclient.grpc as triton
from tritonclient.utils import InferenceServerException
client = triton.InferenceServerClient(grpc)
two = np.array([tensors["7"], tensors["4"]], dtype=np.float32).reshape(2, 1, 28, 28)

def infer(values, datatype, name="image", outputs=None, model="digits", **more):
    given = triton.InferInput(name, list(values.shape), datatype)
    given.set_data_from_numpy(values)
    return client.infer(model, [given], outputs=outputs, **more)

tell("live, ready", "True True True", f"{client.is_server_live()} {client.is_server_ready()} {client.is_model_ready('digits')}")
tell("server", "glimpse", client.get_server_metadata().name)
metadata = client.get_model_metadata("digits")
tell("metadata", "image FP32 -1,1,28,28", f"{metadata.inputs[0].name} {metadata.inputs[0].datatype} " + ",".join(map(str, metadata.inputs[0].shape)))
tell("configuration", "TYPE_FP32 1,28,28", (lambda one: f"TYPE_FP32 {','.join(map(str, one.dims))}" if one.data_type == 11 else one.data_type)(client.get_model_config("digits").config.input[0]))
tell("index", "READY", client.get_model_repository_index().models[0].state)
client.load_model("digits")
tell("FP32", "7,4", best(infer(two, "FP32").as_numpy("logits")))
tell("FP16", "7,4", best(infer(two.astype(np.float16), "FP16").as_numpy("logits")))
tell("pixels", "7,4", best(infer((two * 255).astype(np.uint8), "UINT8", "pixels").as_numpy("logits")))
tell("files", "7,4", best(infer(np.array([files["7"], files["4"]], dtype=object), "BYTES").as_numpy("logits")))
labels = infer(two, "FP32", outputs=[triton.InferRequestedOutput("label")]).as_numpy("label")
tell("label", "7,4", ",".join(one.decode() for one in labels))
tell("statistics", "True", client.get_inference_statistics("digits").model_stats[0].inference_count >= 8)
answers = []
client.start_stream(lambda result, error: answers.append((result, error)))
given = triton.InferInput("image", [2, 1, 28, 28], "FP32")
given.set_data_from_numpy(two)
for _ in range(3):
    client.async_stream_infer("digits", [given])
client.stop_stream()
tell("a stream of three", "7,4 7,4 7,4", " ".join(best(result.as_numpy("logits")) for result, error in answers))
try:
    infer(two, "FP32", model="none")
    tell("no such model", "error", "none")
except InferenceServerException as error:
    tell("no such model", "StatusCode.NOT_FOUND", error.status())
`,
);
