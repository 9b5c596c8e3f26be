import { EventEmitter } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { readNewInTurns } from '../../src/http/connections/new-connections.ts';

/** What of a socket is looked at. */
class PausedOrNot {
  readonly name: number;
  isPaused = false;
  destroyed = false;

  constructor(name: number) {
    this.name = name;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }
}

function crowd(size: number) {
  const server = new EventEmitter();
  readNewInTurns(server as never, 'connection');
  const sockets: PausedOrNot[] = [];
  const connect = (): PausedOrNot => {
    const socket = new PausedOrNot(sockets.length);
    sockets.push(socket);
    server.emit('connection', socket);
    return socket;
  };
  for (let at = 0; at < size; at += 1) connect();
  return {
    connect,
    sockets,
    read: () => sockets.filter(({ isPaused }) => !isPaused).map(({ name }) => name),
  };
}

describe('new connections', () => {
  it('are read at once while they are few', () => {
    expect(crowd(4).read()).toEqual([0, 1, 2, 3]);
  });

  it('are read four in a turn of the event loop when they are many, the newest and the oldest first', async () => {
    const { read } = crowd(12);
    expect(read()).toEqual([0, 1, 2, 3]);
    await nextTurn();
    expect(read()).toEqual([0, 1, 2, 3, 4, 5, 10, 11]);
    await nextTurn();
    expect(read()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it('do not wait for all of a crowd that came before them', async () => {
    const { connect } = crowd(100);
    const late = connect();
    expect(late.isPaused).toBe(true);
    await nextTurn();
    expect(late.isPaused).toBe(false);
  });

  it('that are closed while they wait take no place', async () => {
    const { sockets, read } = crowd(12);
    for (const socket of sockets.slice(8)) socket.destroyed = true;
    await nextTurn();
    expect(read()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('are read at once again after the crowd', async () => {
    const { connect } = crowd(12);
    for (let turn = 0; turn < 4; turn += 1) await nextTurn();
    expect(connect().isPaused).toBe(false);
  });
});
