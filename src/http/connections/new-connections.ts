import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** So many new connections are read for the first time in one turn of the event loop. */
const mostInTurn = 4;

/**
 * Has new connections read for the first time a few in each turn of the event loop. Node reads all that are open in one
 * turn, and parses whatever each has sent: hundreds that came with hundreds of requests each held up everybody
 * else. The newest and the longest waiting are read in turn, so that nobody has to wait for all of a crowd that came
 * before, and nobody waits for ever.
 */
export function readNewInTurns(
  server: Pick<Server, 'on'>,
  event: 'connection' | 'secureConnection',
): void {
  const waiting: Socket[] = [];
  let begun = 0;
  const beginTurn = (): void => {
    begun = 0;
    while (begun < mostInTurn && waiting.length > 0) {
      const socket = begun % 2 === 0 ? waiting.pop()! : waiting.shift()!;
      if (socket.destroyed) continue;
      begun += 1;
      socket.resume();
    }
    if (begun > 0) setImmediate(beginTurn);
  };
  server.on(event, (socket: Socket) => {
    if (begun === mostInTurn || waiting.length > 0) {
      socket.pause();
      waiting.push(socket);
      return;
    }
    begun += 1;
    if (begun === 1) setImmediate(beginTurn);
  });
}
