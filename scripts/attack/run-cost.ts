import { startGlimpse } from '../../bench/processes.ts';
import type { AttackCase } from './case.ts';
import { halfSent } from './half-sent.ts';
import { jsonObjects } from './json-objects.ts';
import { largeImages } from './large-images.ts';

/** Attacks of what a request may cost, each on a server of its own: `npx tsx scripts/attack/run-cost.ts [words]`. */
const cases: readonly AttackCase[] = [jsonObjects, halfSent, largeImages];

const words = process.argv.slice(2);
let hasFailed = false;
for (const one of cases.filter(({ name }) => words.every((word) => name.includes(word)))) {
  const nodeOptions = one.start?.nodeOptions?.join(' ');
  const server = await startGlimpse({
    GLIMPSE_LOG_LEVEL: 'error',
    ...one.start?.env,
    ...(nodeOptions !== undefined && { NODE_OPTIONS: nodeOptions }),
  });
  try {
    const { held, figures } = await one.run(server);
    hasFailed ||= !held;
    process.stdout.write(`${held ? 'held    ' : 'NOT HELD'} ${one.name}\n`);
    for (const [name, value] of Object.entries(figures)) {
      process.stdout.write(`           ${name}: ${value}\n`);
    }
  } finally {
    await server.stop();
  }
}
process.exitCode = hasFailed ? 1 : 0;
