import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../run.ts';
import { pythonPackages } from '../tools.ts';
import { callsIn, type ForeignClient } from './client.ts';

/** What every program begins with: its samples, and how it tells of a call. */
const beginning = `
import base64, json, sys
url, samples, grpc = sys.argv[1:]
files = {digit: open(f"{samples}/{digit}.png", "rb").read() for digit in "74"}
tensors = {digit: json.load(open(f"{samples}/{digit}.json")) for digit in "74"}
b64 = {digit: base64.b64encode(file).decode() for digit, file in files.items()}

def best(scores):
    return ",".join(str(max(range(10), key=lambda at: row[at])) for row in scores)

def tell(call, expected, answered):
    print(json.dumps({"call": call, "expected": str(expected), "answered": str(answered)}))
`;

/** A client in Python: its package, what else it needs, and a program that makes its calls. */
export function pythonClient(
  name: string,
  packages: readonly string[],
  program: string,
): ForeignClient {
  return {
    name,
    async build(folder) {
      const tools = await pythonPackages(...packages);
      const file = join(folder, 'client.py');
      await writeFile(file, beginning + program);
      return {
        version: packages[0]!,
        ask: async ({ url, samples, grpc }) =>
          callsIn(await run(join(tools, 'bin', 'python'), [file, url, samples, grpc])),
      };
    },
  };
}
