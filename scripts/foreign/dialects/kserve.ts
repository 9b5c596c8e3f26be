import { pythonClient } from './python.ts';

const beginningOfBoth = `
import asyncio, logging, numpy
from kserve import InferenceGRPCClient, InferenceRESTClient, InferInput, InferRequest, RESTConfig
logging.disable(logging.ERROR)
two = numpy.array([tensors["7"], tensors["4"]], numpy.float32).reshape(2, 1, 28, 28)
images = numpy.array([files["7"], files["4"]], dtype=object)

def request(values, datatype, binary=True):
    given = InferInput("image", list(values.shape), datatype)
    given.set_data_from_numpy(values, binary_data=binary)
    return InferRequest("digits", [given], request_id="a")

def digits(answer):
    return best(answer.outputs[0].as_numpy().tolist())
`;

/** KServe's own client over HTTP, by both of its protocols. */
export const kserveRest = pythonClient(
  'kserve InferenceRESTClient',
  ['kserve==0.21.0'],
  `${beginningOfBoth}
async def ask():
    client = InferenceRESTClient(RESTConfig(protocol="v2", retries=0))
    tell("v2 live", True, await client.is_server_live(url))
    tell("v2 ready", True, await client.is_server_ready(url))
    tell("v2 model ready", True, await client.is_model_ready(url, "digits"))
    tell("v2 no such model ready", False, await client.is_model_ready(url, "none"))
    infer = lambda one: client.infer(url, one, model_name="digits")
    answer = await infer(request(two, "FP32"))
    tell("v2 as bytes", "7,4 a", f"{digits(answer)} {answer.id}")
    tell("v2 as JSON", "7,4", digits(await infer(request(two, "FP32", binary=False))))
    tell("v2 files", "7,4", digits(await infer(request(images, "BYTES"))))
    try:
        await client.infer(url, request(two, "FP32"), model_name="none")
        tell("v2 no such model", 404, 200)
    except Exception as error:
        tell("v2 no such model", 404, error.response.status_code)
    client = InferenceRESTClient(RESTConfig(protocol="v1", retries=0))
    tell("v1 live", True, await client.is_server_live(url))
    tell("v1 model ready", True, await client.is_model_ready(url, "digits"))
    rows = await client.infer(url, {"instances": two.tolist()}, model_name="digits")
    tell("v1 rows", "7,4", best(rows["predictions"]))
    rows = await client.infer(url, {"instances": [{"b64": b64["7"]}, {"b64": b64["4"]}]}, model_name="digits")
    tell("v1 files", "7,4", best(rows["predictions"]))

asyncio.run(ask())
`,
);

/** The same over gRPC. */
export const kserveGrpc = pythonClient(
  'kserve InferenceGRPCClient',
  ['kserve==0.21.0'],
  `${beginningOfBoth}
async def ask():
    async with InferenceGRPCClient(grpc, retries=0) as client:
        tell("live", True, await client.is_server_live())
        tell("ready", True, await client.is_server_ready())
        tell("model ready", True, await client.is_model_ready("digits"))
        answer = await client.infer(request(two, "FP32"))
        tell("raw contents", "7,4 a", f"{digits(answer)} {answer.id}")
        tell("files", "7,4", digits(await client.infer(request(images, "BYTES"))))
        typed = InferRequest("digits", [InferInput("image", [2, 1, 28, 28], "FP32", two.ravel().tolist())])
        tell("typed contents", "7,4", digits(await client.infer(typed)))
        try:
            await client.is_model_ready("none")
            tell("no such model", "NOT_FOUND", "OK")
        except Exception as error:
            tell("no such model", "NOT_FOUND", error.code().name)

asyncio.run(ask())
`,
);
