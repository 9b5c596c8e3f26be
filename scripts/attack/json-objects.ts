import type { AttackCase } from './case.ts';
import { send, statuses, watchServer } from './watch.ts';

const head = Buffer.from('{"instances":[[');
const tail = Buffer.from('{}]]}');
const bodyBytes = 33_000_000;

/** As many bytes of a list of this as a body may have. */
function listOf(item: string): Buffer {
  const count = Math.floor((bodyBytes - head.length - tail.length) / item.length);
  return Buffer.concat([head, Buffer.alloc(count * item.length, item), tail]);
}

const kinds = { objects: '{},', arrays: '[0],', numbers: '0,', texts: '"",', deep: '[' } as const;

/** Bodies that are small as text and large as what a parser makes of them, one after the other and eight at once. */
export const jsonObjects: AttackCase = {
  name: 'a body of JSON that becomes more than the heap holds',
  start: { nodeOptions: ['--max-old-space-size=256'] },
  async run(server) {
    const watch = watchServer(server);
    const figures: Record<string, string> = {};
    const refused: boolean[] = [];
    for (const [name, item] of Object.entries(kinds)) {
      const body = listOf(item);
      const answers = [await send(server, '/predict', { type: 'application/json', body })];
      const attack = { type: 'application/json', body };
      answers.push(
        ...(await Promise.all(Array.from({ length: 8 }, () => send(server, '/predict', attack)))),
      );
      figures[name] = statuses(answers);
      // A server that has refused a body may close the connection before the rest of it is sent.
      refused.push(answers.every(({ status }) => status === 0 || (status >= 400 && status < 500)));
    }
    const seen = await watch.stop();
    const { status } = await send(server, '/livez');
    const held = status === 200 && seen.livezFailures === 0 && seen.livezSlowestMs < 100;
    return { held: held && refused.every(Boolean), figures: { ...figures, ...seen } };
  },
};
