import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../run.ts';
import { npmPackages } from '../tools.ts';
import { callsIn, type ForeignClient } from './client.ts';

const version = '@aws-sdk/client-sagemaker-runtime@3.1164.0';

const program = `
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
const [packages, url, samples] = process.argv.slice(2);
const { SageMakerRuntimeClient, InvokeEndpointCommand } = createRequire(packages + '/')('@aws-sdk/client-sagemaker-runtime');
const credentials = { accessKeyId: 'x', secretAccessKey: 'y' };
const client = new SageMakerRuntimeClient({ endpoint: url, region: 'eu-central-1', credentials });
const file = await readFile(samples + '/7.png');
const tensor = JSON.parse(await readFile(samples + '/4.json', 'utf8'));
const best = (rows) => rows.map((row) => row.indexOf(Math.max(...row))).join();
const tell = (call, expected, answered) => console.log(JSON.stringify({ call, expected, answered: String(answered) }));
const invoke = (ContentType, Body, more = {}) =>
  client.send(new InvokeEndpointCommand({ EndpointName: 'digits', ContentType, Accept: 'application/json', Body, ...more }));
const scores = ({ Body }) => JSON.parse(Buffer.from(Body).toString()).predictions;
tell('image/png', '7', best(scores(await invoke('image/png', file))));
tell('JSON', '4', best(scores(await invoke('application/json', JSON.stringify({ instances: [tensor] })))));
tell('CSV', '4', best(scores(await invoke('text/csv', tensor.join(',')))));
tell('custom attributes', 'c=1', (await invoke('image/png', file, { CustomAttributes: 'c=1' })).CustomAttributes);
const refused = await invoke('application/pdf', 'x').catch((error) => error.$metadata.httpStatusCode);
tell('another type', '415', refused);
`;

/** The runtime of SageMaker by AWS's SDK for JavaScript, which signs what it sends. */
export const awsSdk: ForeignClient = {
  name: 'AWS SDK for JavaScript, sagemaker-runtime',
  async build(folder) {
    const packages = await npmPackages(version);
    const file = join(folder, 'client.mjs');
    await writeFile(file, program);
    return {
      version,
      ask: async ({ url, samples }) =>
        callsIn(await run(process.execPath, [file, packages, url, samples])),
    };
  },
};
