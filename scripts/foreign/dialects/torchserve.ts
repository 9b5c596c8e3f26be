import { join } from 'node:path';
import { run } from '../run.ts';
import type { ForeignClient, ForeignCall } from './client.ts';

/** curl, as TorchServe's README tells its users. */
export const torchserve: ForeignClient = {
  name: 'curl, as TorchServe’s README tells',
  async build() {
    const [version = ''] = (await run('curl', ['--version'])).split('\n');
    return {
      version: version.split(' ').slice(0, 2).join(' '),
      async ask({ url, samples }) {
        const [seven, four] = [join(samples, '7.png'), join(samples, '4.png')];
        const at = `${url}/predictions/digits`;
        const call = async (
          name: string,
          expected: string,
          args: string[],
        ): Promise<ForeignCall> => {
          const output = await curl(...args);
          return { call: name, expected, answered: firstNames(output) };
        };
        return [
          {
            call: 'ping',
            expected: '200',
            answered: await curl('-o', '/dev/null', '-w', '%{http_code}', `${url}/ping`),
          },
          await call('-T', '7', [at, '-T', seven]),
          await call('-T, a version', '7', [`${at}/1`, '-T', seven]),
          await call('-F data', '4', ['-X', 'POST', at, '-F', `data=@${four}`]),
          await call('-F data, several', '7,4', [
            '-X',
            'POST',
            at,
            '-F',
            `data=@${seven}`,
            '-F',
            `data=@${four}`,
          ]),
          await call('--data-binary', '7', ['-X', 'POST', at, '--data-binary', `@${seven}`]),
          await call('no such model', 'ModelNotFoundException', [
            '-X',
            'POST',
            `${url}/predictions/none`,
            '-T',
            seven,
          ]),
        ];
      },
    };
  },
};

const curl = (...args: string[]) => run('curl', ['--silent', ...args]);

/** The likeliest class of each answer, which stands first in its text; of an error its type. */
function firstNames(output: string): string {
  const error = /"type":"(\w+)"/.exec(output);
  if (error) return error[1]!;
  return [...output.matchAll(/\{"([^"]+)":/g)].map(([, name]) => name).join();
}
