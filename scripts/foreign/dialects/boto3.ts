import { pythonClient } from './python.ts';

/** The runtime of SageMaker by AWS's SDK for Python, signed with credentials that are nobody's. */
export const boto3 = pythonClient(
  'boto3 sagemaker-runtime',
  ['boto3==1.44.8'],
  `
import boto3
client = boto3.client("sagemaker-runtime", endpoint_url=url, region_name="eu-central-1",
    aws_access_key_id="x", aws_secret_access_key="y")

def invoke(content_type, body, accept="application/json", **more):
    return client.invoke_endpoint(EndpointName="digits", ContentType=content_type, Accept=accept, Body=body, **more)

def scores(answer):
    return json.loads(answer["Body"].read())["predictions"]

csv = "\\n".join(",".join(map(str, tensors[digit])) for digit in "74")
tell("image/png", "7", best(scores(invoke("image/png", files["7"]))))
tell("application/x-image", "4", best(scores(invoke("application/x-image", files["4"]))))
tell("application/octet-stream", "7", best(scores(client.invoke_endpoint(EndpointName="digits", Body=files["7"]))))
tell("JSON", "7,4", best(scores(invoke("application/json", json.dumps({"instances": [tensors["7"], {"b64": b64["4"]}]})))))
tell("CSV", "7,4", best(scores(invoke("text/csv", csv))))
rows = invoke("text/csv", csv, "text/csv")
tell("CSV for CSV", "text/csv 7,4", f"{rows['ContentType'].split(';')[0]} " + best(
    [list(map(float, line.split(","))) for line in rows["Body"].read().decode().split()]))
lines = invoke("text/csv", csv, "application/jsonlines")["Body"].read().decode().split("\\n")
tell("CSV for JSON lines", "7,4", best([json.loads(line) for line in lines if line]))
tell("custom attributes", "c=1", invoke("image/png", files["7"], CustomAttributes="c=1")["CustomAttributes"])
try:
    invoke("application/pdf", b"x")
    tell("another type", 415, 200)
except client.exceptions.ClientError as error:
    tell("another type", 415, error.response["ResponseMetadata"]["HTTPStatusCode"])
`,
);
