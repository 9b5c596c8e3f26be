import type { Socket } from 'node:net';
import { createFairQueue, type Flow } from '../../fair-queue.ts';
import { createEventLoopTurn } from './event-loop-turn.ts';
import { probeWhileUnread } from './half-closed.ts';
import type { MessageFraming } from './message-framing.ts';
import { countPending, isSending } from './pending-responses.ts';

/** So long one turn of the event loop takes up what has come in; the rest waits for the next turns. */
const maxTurnMs = 8;

/** The most connections that have their turn at the end of one turn of the event loop, while it is not over. */
const maxServedPerTurn = 32;

/** Requests of one connection that are handled at a time, so that it has no larger share than others have. */
const maxHandled = 4;

/** Probes wait behind probes of the same address only: a host is not restarted because it is busy. */
const probe = /^(?:GET|HEAD) \/(?:livez|readyz|health|ping)[ ?]/;
const longestProbe = 'HEAD /readyz?'.length;

/** A connection and what of it waits. */
export interface Connection {
  readonly socket: Socket;
  readonly network: string;
  readonly framing: MessageFraming;
  /** Node's own listener for data. */
  readonly parse: (piece: Buffer) => void;
  /** Whose turn it waits for. */
  flow: Flow;
  /** Something of it was read and waits in the socket, which is paused. */
  isHeld: boolean;
  isQueued: boolean;
  /** Its next piece is parsed, whatever else has come in. */
  hasTurn: boolean;
  /** It is looked after while it is not read. */
  isProbed: boolean;
  /** How much of what waits was sent ahead of responses. */
  aheadBytes: number;
}

/**
 * Decides when the next request of a connection is parsed: at once, when the connection has no other and the turn of the
 * event loop is not over. Else connections take turns, one address after the other. Of a connection with four requests, or
 * with a response that is being sent, nothing more is parsed or read until that is done: whoever reads slowly, or
 * nothing, makes no more responses.
 */
export class ParsingTurns {
  readonly #maxAheadBytes: number;
  readonly #onDrop: () => void;
  readonly #waiting = createFairQueue<Connection>();
  readonly #turn = createEventLoopTurn(maxTurnMs, () => this.#serveSome());
  #aheadBytes = 0;

  /** Where more than so many bytes are read ahead of responses, the connection that sends more is closed. */
  constructor(maxAheadBytes: number, onDrop: () => void) {
    this.#maxAheadBytes = maxAheadBytes;
    this.#onDrop = onDrop;
  }

  /** Parses as much as may be parsed now of what a connection sent, and has the rest wait. */
  receive(connection: Connection, chunk: Buffer): void {
    const { socket, framing, parse } = connection;
    let at = 0;
    while (at < chunk.length) {
      if (socket.isPaused()) {
        // Node itself did that, and resumes it.
        socket.unshift(chunk.subarray(at));
        return;
      }
      if (!this.#mayParse(connection)) {
        this.#hold(connection, chunk.subarray(at));
        return;
      }
      const end = framing.cut(chunk, at);
      parse(end - at === chunk.length ? chunk : chunk.subarray(at, end));
      at = end;
      // It was refused, or is no connection of HTTP any more.
      if (!socket.writable || socket.listenerCount('data') === 0) return;
    }
    this.#countAhead(connection, 0);
  }

  /** Has a connection wait for its turn, when something of it is held and may be parsed. */
  queue(connection: Connection): void {
    const { isHeld, isQueued, framing, socket, flow } = connection;
    if (!isHeld || isQueued) return;
    if (!framing.isInBody && (countPending(socket) >= maxHandled || isSending(socket))) return;
    connection.isQueued = true;
    this.#waiting.push(connection, flow);
    this.#turn.begin();
  }

  /** Forgets a connection that is closed. */
  leave(connection: Connection): void {
    if (connection.isQueued) this.#waiting.delete(connection);
    this.#countAhead(connection, 0);
    connection.isHeld = false;
  }

  #mayParse(connection: Connection): boolean {
    const { isHeld, hasTurn, framing, socket } = connection;
    if (isHeld) return false;
    connection.hasTurn = false;
    if (hasTurn) return true;
    this.#turn.begin();
    return !this.#turn.isOver && (framing.isInBody || countPending(socket) === 0);
  }

  #hold(connection: Connection, rest: Buffer): void {
    const { socket, framing, network } = connection;
    socket.pause();
    socket.unshift(rest);
    connection.isHeld = true;
    const isAhead = !framing.isInBody && countPending(socket) > 0;
    const bytes = isAhead ? socket.readableLength : 0;
    const isMore = bytes > connection.aheadBytes;
    this.#countAhead(connection, bytes);
    if (isMore && this.#aheadBytes > this.#maxAheadBytes) {
      socket.destroy();
      this.#onDrop();
      return;
    }
    if (isAhead) this.#lookAfter(connection);
    if (connection.isQueued) return;
    const isProbe = !isAhead && probe.test(rest.toString('latin1', 0, longestProbe));
    connection.flow = { id: isProbe ? `${network} probes` : network, weight: 1 };
    this.queue(connection);
  }

  /** At the end of a turn, so that of each connection what is done in microtasks counts as well. */
  #serveSome(): void {
    const served = Math.min(this.#waiting.size, maxServedPerTurn);
    for (let at = 0; at < served; at += 1) {
      setImmediate(() => {
        this.#turn.begin();
        if (at === 0 || !this.#turn.isOver) this.#serveNext();
      });
    }
  }

  #serveNext(): void {
    const connection = this.#waiting.head();
    if (!connection) return;
    this.#waiting.take(connection, 1);
    this.#waiting.charge(connection.flow, 1);
    connection.isQueued = false;
    connection.isHeld = false;
    connection.hasTurn = true;
    connection.socket.resume();
  }

  #lookAfter(connection: Connection): void {
    if (connection.isProbed) return;
    connection.isProbed = true;
    probeWhileUnread(connection.socket, () => (connection.isProbed = connection.isHeld));
  }

  #countAhead(connection: Connection, bytes: number): void {
    this.#aheadBytes += bytes - connection.aheadBytes;
    connection.aheadBytes = bytes;
  }
}
