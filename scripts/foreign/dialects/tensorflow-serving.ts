import { pythonClient } from './python.ts';

/** TensorFlow Serving's REST API has no client of its own: its documentation has requests, as here. */
export const tensorflowServing = pythonClient(
  'requests, as TensorFlow Serving documents',
  ['requests==2.34.2'],
  `
import requests
model = f"{url}/v1/models/digits"
two = [tensors["7"], tensors["4"]]

status = requests.get(model).json()["model_version_status"][0]
tell("status", "1 AVAILABLE OK", f"{status['version']} {status['state']} {status['status']['error_code']}")
tell("status of a version", 200, requests.get(f"{model}/versions/1").status_code)
tell("status of a label", 200, requests.get(f"{model}/labels/production").status_code)
metadata = requests.get(f"{model}/metadata").json()
inputs = metadata["metadata"]["signature_def"]["signature_def"]["serving_default"]["inputs"]
tell("metadata", "image DT_FLOAT -1,1,28,28", " ".join(
    f"{name} {one['dtype']} {','.join(dim['size'] for dim in one['tensor_shape']['dim'])}"
    for name, one in inputs.items()))

def predict(body, at="", **more):
    return requests.post(f"{model}{at}:predict", data=json.dumps(body), **more)

tell("rows", "7,4", best(predict({"signature_name": "serving_default", "instances": two}).json()["predictions"]))
tell("rows by name", "7,4", best(predict({"instances": [{"image": one} for one in two]}).json()["predictions"]))
tell("columns", "7,4", best(predict({"inputs": two}).json()["outputs"]))
tell("columns by name", "7,4", best(predict({"inputs": {"image": two}}).json()["outputs"]))
tell("files", "7,4", best(predict({"instances": [{"b64": b64["7"]}, {"b64": b64["4"]}]}).json()["predictions"]))
tell("files by name", "7", best(predict({"instances": [{"image_bytes": {"b64": b64["7"]}}]}).json()["predictions"]))
tell("a version", "7", best(predict({"instances": two[:1]}, "/versions/1").json()["predictions"]))
tell("a label", "7", best(predict({"instances": two[:1]}, "/labels/production").json()["predictions"]))
classified = requests.post(f"{model}:classify", json={"examples": [{"image": {"b64": b64["7"]}}]}).json()
tell("classify", "7", max(classified["results"][0], key=lambda pair: pair[1])[0])
nan = predict({"instances": [[float("nan")] * 784]})
tell("NaN", "400 NaN", f"{nan.status_code} {'NaN' if 'NaN' in nan.json()['error'] else nan.text}")
missing = requests.post(f"{url}/v1/models/none:predict", json={"instances": two})
tell("no such model", "404 error", f"{missing.status_code} {','.join(missing.json())}")
`,
);
