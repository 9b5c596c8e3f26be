import { pythonClient } from './python.ts';

/** MLServer has codecs that write requests and read answers, and a command that sends files of them. */
export const mlserver = pythonClient(
  'mlserver, its codecs and `mlserver infer`',
  ['mlserver==1.7.1', 'requests==2.34.2'],
  `
import os, pathlib, subprocess, tempfile, grpc as grpcio, numpy, requests
from mlserver.codecs import Base64Codec, NumpyCodec, StringCodec
from mlserver.grpc import converters, dataplane_pb2_grpc
from mlserver.types import InferenceRequest, InferenceResponse, MetadataModelResponse, MetadataServerResponse, RequestOutput
two = numpy.array([tensors["7"], tensors["4"]], numpy.float32).reshape(2, 1, 28, 28)

def request(given, *outputs):
    return InferenceRequest(id="a", inputs=[given], outputs=[RequestOutput(name=name) for name in outputs] or None)

def infer(one):
    answer = requests.post(f"{url}/v2/models/digits/infer", json=one.model_dump(exclude_none=True, by_alias=True))
    return InferenceResponse.model_validate(answer.json())

def digits(answer):
    return best(NumpyCodec.decode_output(answer.outputs[0]).tolist())

server = MetadataServerResponse.model_validate(requests.get(f"{url}/v2").json())
tell("metadata of the server", "glimpse", server.name)
model = MetadataModelResponse.model_validate(requests.get(f"{url}/v2/models/digits").json())
tell("metadata of the model", "image FP32 -1,1,28,28", f"{model.inputs[0].name} {model.inputs[0].datatype} {','.join(map(str, model.inputs[0].shape))}")
numbers = request(NumpyCodec.encode_input("image", two))
answer = infer(numbers)
tell("NumpyCodec", "7,4 a", f"{digits(answer)} {answer.id}")
tell("NumpyCodec, pixels", "7,4", digits(infer(request(NumpyCodec.encode_input("pixels", (two * 255).round().astype(numpy.uint8))))))
images = Base64Codec.encode_input("image", [files["7"], files["4"]], use_bytes=False)
tell("Base64Codec", "7,4", digits(infer(request(images))))
labels = infer(request(NumpyCodec.encode_input("image", two), "label"))
tell("StringCodec", "7,4", ",".join(StringCodec.decode_output(labels.outputs[0])))
stub = dataplane_pb2_grpc.GRPCInferenceServiceStub(grpcio.insecure_channel(grpc))
for raw in (False, True):
    sent = converters.ModelInferRequestConverter.from_types(numbers, model_name="digits", use_raw=raw)
    back = converters.ModelInferResponseConverter.to_types(stub.ModelInfer(sent))
    tell(f"converters of gRPC, {'raw' if raw else 'typed'} contents", "7,4", digits(back))
with tempfile.TemporaryDirectory() as folder:
    place = pathlib.Path(folder)
    lines = [InferenceRequest(id=digit, inputs=[NumpyCodec.encode_input("image", one[None])]) for digit, one in zip("74", two)]
    (place / "in").write_text("".join(line.model_dump_json(exclude_none=True) + "\\n" for line in lines))
    for more in ([], ["--binary-data"]):
        subprocess.run([f"{os.path.dirname(sys.executable)}/mlserver", "infer", "-u", url.split("//")[1], "-m", "digits",
            "-s", "2", "-i", place / "in", "-o", place / "out", *more], check=True, capture_output=True)
        found = [InferenceResponse.model_validate_json(line) for line in (place / "out").read_text().splitlines()]
        tell(" ".join(["mlserver infer", *more]), "4:4 7:7", " ".join(sorted(f"{one.id}:{digits(one)}" for one in found)))
`,
);
