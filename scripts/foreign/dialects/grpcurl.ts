import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../run.ts';
import { goProgram } from '../tools.ts';
import type { ForeignClient, ForeignCall } from './client.ts';

const version = 'v1.9.4';
const service = 'inference.GRPCInferenceService';

/** grpcurl, which knows nothing of the protocol and asks the server for its description. */
export const grpcurl: ForeignClient = {
  name: 'grpcurl, by reflection',
  async build() {
    const program = await goProgram('github.com/fullstorydev/grpcurl/cmd/grpcurl', version);
    return {
      version: `grpcurl ${version}`,
      async ask({ grpc, samples }) {
        const ask = async (method: string, message: object = {}): Promise<unknown> =>
          JSON.parse(
            await run(program, ['-plaintext', '-d', JSON.stringify(message), grpc, method]),
          );
        const file = await readFile(join(samples, '7.png'), 'base64');
        const image = { name: 'image', datatype: 'BYTES', shape: [1] };
        return [
          await told('list', service, async () => {
            const listed = await run(program, ['-plaintext', grpc, 'list']);
            return listed.split('\n').find((name) => name === service);
          }),
          await told('describe', 'map<string, .inference.InferParameter> parameters', async () => {
            const args = ['-plaintext', grpc, 'describe', 'inference.ModelInferRequest'];
            return /map<.*?parameters/.exec(await run(program, args))?.[0];
          }),
          await told('health', '{"status":"SERVING"}', async () =>
            JSON.stringify(await ask('grpc.health.v1.Health/Check')),
          ),
          await told('ModelMetadata', 'digits', async () => {
            const answer = await ask(`${service}/ModelMetadata`, { name: 'digits' });
            return Object(answer).name;
          }),
          await told('ModelInfer', Buffer.from('7').toString('base64'), async () => {
            const answer = await ask(`${service}/ModelInfer`, {
              model_name: 'digits',
              inputs: [{ ...image, contents: { bytes_contents: [file] } }],
              outputs: [{ name: 'label' }],
            });
            return Object(answer).outputs[0].contents.bytesContents[0];
          }),
          await told('no such model', 'Code: NotFound', async () => {
            const refused = await ask(`${service}/ModelMetadata`, { name: 'none' }).catch(String);
            return /Code: \w+/.exec(String(refused))?.[0];
          }),
        ];
      },
    };
  },
};

async function told(
  call: string,
  expected: string,
  answer: () => Promise<unknown>,
): Promise<ForeignCall> {
  return { call, expected, answered: String(await answer()) };
}
