/**
 * npm run bench: how fast, how big, how soon. Prints its tables and writes its section of bench/RESULTS.md.
 *   --quick          short runs, rough figures, and RESULTS.md is left alone
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measurePredict } from './predict.ts';
import { startGlimpse } from './processes.ts';
import { report, type Figures } from './report.ts';
import { writeSection } from './results.ts';

const root = join(import.meta.dirname, '..');
const { values: flags } = parseArgs({
  options: { quick: { type: 'boolean' } },
});
const quick = flags.quick ?? false;
const say = (line: string): void => console.error(`  ${line}`);

async function coldStarts(times: number): Promise<number[]> {
  const found: number[] = [];
  for (let time = 0; time < times; time++) {
    const server = await startGlimpse();
    found.push(server.readyMs);
    say(`ready after ${Math.round(server.readyMs)} ms`);
    await server.stop();
  }
  return found;
}

async function predict(): Promise<Figures['predict']> {
  const server = await startGlimpse();
  try {
    return await measurePredict(server, {
      connections: [1, 8, 32, 128],
      seconds: quick ? 0.7 : 2,
      warmUpSeconds: quick ? 0.3 : 0.7,
      rounds: quick ? 1 : 3,
      report: say,
    });
  } finally {
    await server.stop();
  }
}

execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
const text = report({
  quick,
  coldStartMs: await coldStarts(quick ? 3 : 5),
  predict: await predict(),
});
console.log(text);
if (!quick) await writeSection('Serving', text);
