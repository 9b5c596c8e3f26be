import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../run.ts';
import { openApiGenerator, pythonPackages } from '../tools.ts';
import { classesOf, type Ask, type GeneratedClient } from './client.ts';

/** openapi-generator's python: a class for every tag, models of pydantic. */
export const generatorPython: GeneratedClient = {
  name: 'openapi-generator python',
  async build(folder, documents) {
    const jar = await openApiGenerator();
    for (const part of ['json', 'form', 'bytes'] as const) {
      const args = ['-i', documents[part], '-g', 'python', '-o', join(folder, `of-${part}`)];
      await run('java', ['-jar', jar, 'generate', ...args, '--package-name', `${part}_client`]);
    }
    const needs = ['urllib3==2.8.0', 'python-dateutil==4.0.0', 'pydantic==2.14.4'];
    return compile(
      folder,
      await pythonPackages(...needs, 'typing-extensions==4.16.0'),
      ['json', 'form', 'bytes'].map((part) => join(folder, `of-${part}`)),
      `
import base64, json, sys
import bytes_client, form_client, json_client

url, kind, *files = sys.argv[1:]
contents = [open(file, "rb").read() for file in files]

def api(package):
    return package.PredictApi(package.ApiClient(package.Configuration(host=url)))

if kind in ("pixels", "nested"):
    instances = [json_client.Instance(json.loads(one)) for one in contents]
    answer = api(json_client).predict(json_client.Instances(instances=instances))
elif kind == "base64":
    images = [json_client.EncodedImage(b64=base64.b64encode(one).decode()) for one in contents]
    instances = [json_client.Instance(image) for image in images]
    answer = api(json_client).predict(json_client.Instances(instances=instances))
elif kind == "bytes":
    answer = api(bytes_client).predict(contents[0])
else:
    answer = api(form_client).predict(image=contents)
for one in answer.predictions:
    print(one.actual_instance.label)
`,
    );
  },
};

/** openapi-python-client: a module for every call, models of attrs. It knows every content type but image/*. */
export const openApiPythonClient: GeneratedClient = {
  name: 'openapi-python-client',
  async build(folder, documents) {
    const tools = await pythonPackages('openapi-python-client==0.29.1');
    const args = ['generate', '--path', documents.whole, '--meta', 'none'];
    await run(
      join(tools, 'bin', 'openapi-python-client'),
      [...args, '--output-path', join(folder, 'glimpse_client')],
      { cwd: folder },
    );
    return compile(
      folder,
      tools,
      [folder],
      `
import base64, io, json, sys
from glimpse_client import Client
from glimpse_client.api.predict import predict
from glimpse_client.models import EncodedImage, Instances, PredictForm
from glimpse_client.types import File

url, kind, *files = sys.argv[1:]
client = Client(base_url=url)
contents = [open(file, "rb").read() for file in files]

if kind in ("pixels", "nested"):
    body = Instances(instances=[json.loads(one) for one in contents])
elif kind == "base64":
    body = Instances(instances=[EncodedImage(b64=base64.b64encode(one).decode()) for one in contents])
elif kind == "bytes":
    body = File(payload=io.BytesIO(contents[0]))
else:
    body = PredictForm(image=[File(payload=io.BytesIO(one), file_name="image.png") for one in contents])
for one in predict.sync(client=client, body=body).predictions:
    print(one.label)
`,
    );
  },
};

/** Python's compiling finds what cannot be parsed; the calls find the rest. */
async function compile(
  folder: string,
  environment: string,
  path: readonly string[],
  program: string,
): Promise<Ask> {
  const python = join(environment, 'bin', 'python');
  const file = join(folder, 'main.py');
  await writeFile(file, program);
  await run(python, ['-m', 'compileall', '-q', ...path]);
  const env = { PYTHONPATH: path.join(':') };
  return async (url, kind, files) =>
    classesOf(await run(python, [file, url, kind, ...files], { env }));
}
