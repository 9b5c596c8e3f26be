import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { AttackCase, Target } from './case.ts';
import { send, watchServer } from './watch.ts';

const connections = 48;
const announced = 32 * 1024 * 1024;
const budgetBytes = 512 * 1024 * 1024;
const samplePng = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAABwAAAAcCAAAAABXZoBIAAAAFElEQVQoz2NgGAWjYBSMglEwCgYUAAOkAAE8Zpo3AAAAAElFTkSuQmCC',
  'base64',
);

/** Sends nearly all of a body, and then nothing more. */
function stall({ port }: Target): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const done = (): void => resolve(socket);
    socket.on('error', done).on('close', done);
    socket.write(
      `POST /predict HTTP/1.1\r\nhost: localhost\r\ncontent-type: image/png\r\ncontent-length: ${announced}\r\n\r\n`,
    );
    socket.resume();
    socket.write(Buffer.alloc(announced - 1024), done);
    setTimeout(done, 10_000).unref();
  });
}

/** Bodies of the largest size that is taken, all but their end, from one caller, while another goes on. */
export const halfSent: AttackCase = {
  name: `${connections} half-sent bodies of the largest size`,
  start: { env: { GLIMPSE_MEMORY_BUDGET_BYTES: String(budgetBytes) } },
  async run(server) {
    const watch = watchServer(server);
    const sockets = Promise.all(Array.from({ length: connections }, () => stall(server)));
    const others: number[] = [];
    let good = 0;
    for (let i = 0; i < 50; i += 1) {
      const answer = await send(server, '/predict', {
        type: 'image/png',
        body: samplePng,
        from: '127.0.0.3',
      });
      others.push(answer.ms);
      // This file is no digit worth looking at, but it is read and answered.
      if (answer.status === 200 || answer.status === 422) good += 1;
      await delay(100);
    }
    for (const socket of await sockets) socket.destroy();
    const seen = await watch.stop();
    const budgetMiB = budgetBytes / 1024 / 1024;
    const held =
      good >= 0.8 * others.length &&
      seen.livezFailures === 0 &&
      seen.livezSlowestMs < 100 &&
      seen.residentMostMiB < budgetMiB;
    return {
      held,
      figures: {
        ...seen,
        budgetMiB,
        othersAnswered: `${good} of ${others.length}`,
        othersSlowestMs: Math.round(Math.max(...others)),
      },
    };
  },
};
