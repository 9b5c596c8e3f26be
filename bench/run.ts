/**
 * npm run bench: how fast, how big, how soon. Prints its tables and writes its section of bench/RESULTS.md.
 *   --only training  only how training slows /predict: that part of the section is written anew
 *   --quick          short runs, rough figures, and RESULTS.md is left alone
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { mnistFolder } from './mnist.ts';
import { measurePredict } from './predict.ts';
import { startGlimpse } from './processes.ts';
import { report, WHILE_TRAINING, whileTrainingPart, type Figures } from './report.ts';
import { origin, writePart, writeSection } from './results.ts';
import { measureWhileTraining } from './while-training.ts';

const root = join(import.meta.dirname, '..');
const { values: flags } = parseArgs({
  options: { only: { type: 'string' }, quick: { type: 'boolean' } },
});
if (flags.only !== undefined && flags.only !== 'training') {
  console.error('--only takes one word: training');
  process.exit(2);
}
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

const whileTraining = (): Promise<Figures['whileTraining']> =>
  measureWhileTraining({
    perSecond: 50,
    count: quick ? 500 : 2000,
    rounds: quick ? 1 : 4,
    mnist: mnistFolder(),
    report: say,
  });

execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
if (flags.only === 'training') {
  const part = [
    origin('npm run bench -- --only training'),
    whileTrainingPart(await whileTraining()),
  ];
  const text = part.join('\n\n');
  console.log(text);
  if (!quick) await writePart('Serving', WHILE_TRAINING, text);
} else {
  const text = report({
    quick,
    coldStartMs: await coldStarts(quick ? 3 : 5),
    predict: await predict(),
    whileTraining: await whileTraining(),
  });
  console.log(text);
  if (!quick) await writeSection('Serving', text);
}
