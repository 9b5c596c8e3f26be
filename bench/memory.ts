/**
 * npm run bench:memory: how much memory a dataset needs while it is read, in every form,
 * beside the bytes of its pixels. Makes its own images in a temporary folder, reads each form in a process of its
 * own, prints a table and writes its section of bench/RESULTS.md.
 *   --examples N     images of 28x28 (60000)
 *   --only a,b       some of the forms, by parts of their names
 *   --rounds N       how often each is read; the middle counts (3)
 *   --python PATH    a Python with pyarrow and numpy, to write Parquet (python3)
 *   --quick          one round, and RESULTS.md is left alone
 *   --predictions N  instead: the memory of one server over so many mixed requests (RESULTS.md has 200000)
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compileModulesWhenStale } from '../scripts/compile.mjs';
import { readConfig } from '../src/config.ts';
import { memoryFlags } from '../src/jobs/launch-trainer.ts';
import { memoryOverPredictions, predictionsTable, verdictOn } from './memory-predictions.ts';
import { median } from './machine.ts';
import { drawExamples, layOut, SIDE } from './memory-forms.ts';
import { origin, table, writePart } from './results.ts';

const { values: flags } = parseArgs({
  options: {
    examples: { type: 'string', default: '60000' },
    only: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    python: { type: 'string', default: 'python3' },
    quick: { type: 'boolean' },
    predictions: { type: 'string' },
  },
});
const examples = Number(flags.examples);
const root = join(import.meta.dirname, '..');
const rounds = flags.quick ? 1 : Number(flags.rounds);
const pixelBytes = examples * SIDE * SIDE;
const skipped: string[] = [];
const skip = (reason: string): void => {
  skipped.push(reason);
  console.error(`  LEFT OUT: ${reason}`);
};
const MB = (bytes: number): string => (bytes / 1e6).toFixed(0);

/** Peak memory of a process that reads `uri`, or only loads the code. */
function peakOf(folder: string, uri?: string): number {
  const script = join(import.meta.dirname, 'memory-child.ts');
  const memory = memoryFlags(readConfig().GLIMPSE_TRAIN_MEMORY_BYTES);
  const args = [...memory, '--import', import.meta.resolve('tsx'), script, folder];
  if (uri !== undefined) args.push(uri, String(examples));
  const peaks = Array.from({ length: rounds }, () => {
    const told: unknown = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
    return (told as { peakBytes: number }).peakBytes;
  });
  return median(peaks);
}

async function ofDatasets(): Promise<void> {
  compileModulesWhenStale();
  const folder = await mkdtemp(join(tmpdir(), 'glimpse-memory-'));
  const rows: string[][] = [];
  try {
    const base = peakOf(folder);
    console.error(`  base: ${MB(base)} MB`);
    for await (const { form, uri } of layOut(folder, drawExamples(examples), flags.python, skip)) {
      if (flags.only && !flags.only.split(',').some((part) => form.includes(part))) continue;
      const above = peakOf(folder, uri) - base;
      rows.push([form, MB(above), (above / pixelBytes).toFixed(2)]);
      console.error(`  ${form}: ${MB(above)} MB`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  await tell('Datasets', [
    `Peak resident memory of a process that reads ${examples} images of ${SIDE}x${SIDE} (${MB(pixelBytes)} MB of pixels), above that of one that has only loaded the same code, both started as a training process is; middle of ${rounds} rounds.`,
    table([['form', 'MB above', 'to the pixels'], ...rows]),
    ...(skipped.length > 0 ? [`Left out:\n\n${skipped.map((one) => `- ${one}`).join('\n')}`] : []),
  ]);
}

async function ofPredictions(requests: number): Promise<void> {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
  const found = await memoryOverPredictions(requests, (line) => console.error(`  ${line}`));
  await tell('Predictions', [
    `Memory of one server over ${requests} mixed requests of sixteen connections: PNG, multipart, JPEG 640x480 and JSON of eight images for the shipped model with its contract for handwriting and with a plain one, in turns; one in forty is refused for its body, and of one in forty the client leaves while it sends. Every other answer was a 200.`,
    predictionsTable(found),
    verdictOn(found),
  ]);
}

async function tell(part: string, paragraphs: readonly string[]): Promise<void> {
  const said = process.argv.slice(2).join(' ');
  const command = `npm run bench:memory${said && ` -- ${said}`}`;
  const body = [origin(command), ...paragraphs].join('\n\n');
  console.log(body);
  if (!flags.quick) await writePart('Memory', part, body);
}

await (flags.predictions === undefined ? ofDatasets() : ofPredictions(Number(flags.predictions)));
