import { pythonClient } from './python.ts';

/** MLflow's own client of its scoring server. */
export const mlflow = pythonClient(
  'mlflow ScoringServerClient',
  ['mlflow-skinny==3.17.2', 'pandas==3.1.1', 'numpy==2.4.6', 'scipy==1.17.1'],
  `
import numpy, pandas
from urllib.parse import urlsplit
from mlflow.pyfunc.scoring_server.client import ScoringServerClient
address = urlsplit(url)
client = ScoringServerClient(address.hostname, address.port)
two = [tensors["7"], tensors["4"]]

client.ping()
tell("ping", "200", "200")
tell("version", "a release", "a release" if client.get_version()[0].isdigit() else client.get_version())
tell("an array of numpy", "7,4", best(client.invoke(numpy.array(two)).get_predictions().values.tolist()))
tell("a list", "7,4", best(client.invoke(two).get_predictions().values.tolist()))
tell("a data frame", "7,4", best(client.invoke(pandas.DataFrame(two)).get_predictions().values.tolist()))
images = pandas.DataFrame({"image": [b64["7"], b64["4"]]})
tell("a data frame of files", "7,4", best(client.invoke(images).get_predictions().values.tolist()))
try:
    client.invoke(numpy.array(two), params={"top": 1})
    tell("parameters", 400, 200)
except Exception as error:
    tell("parameters", 400, 400 if "error code 400" in str(error) else error)
`,
);
