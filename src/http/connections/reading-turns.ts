import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { networkOf } from '../../access/caller.ts';
import { WaitingConnections } from './waiting-connections.ts';

/** So long one turn of the event loop takes up what has come in; the rest waits for the next turns. */
const maxTurnMs = 10;

/**
 * So long a turn does in which a connection was accepted. Node accepts one in a turn (libuv does, since 1.45): behind two
 * hundred that send at once, the next one would be accepted after two hundred turns of ten milliseconds.
 */
const maxAcceptingTurnMs = 1;

/** So long a turn takes up requests while some are refused or wait for their turn: the time belongs to those let in. */
const maxCrowdedTurnMs = 3;

/** So long nothing that waits is read, while every turn accepts another connection. */
const maxAcceptingMs = 20;

/**
 * So many connections that wait are read again in the turn after one that lasted too long, and twice as many in each
 * that follows until another does: most of them have nothing to say.
 */
const fewest = 2;

interface Connection {
  readonly socket: Socket;
  readonly network: string;
  /** It waits for its turn, and is not read. */
  isHeld: boolean;
}

/**
 * Has what connections send ahead of responses, and the pieces of large bodies, taken up for ten milliseconds in a turn
 * of the event loop. By itself Node takes up whatever has come in of all connections in one turn: hundreds that sent
 * a hundred requests each, or large bodies, held up everybody else. When a turn has lasted long enough they are not
 * read any more, and come one after the other in the turns that follow.
 *
 * Reading stays with Node, below JavaScript, and who sends one request after the other pays nothing for it.
 */
export class ReadingTurns {
  readonly #read = new Set<Connection>();
  readonly #waiting = new WaitingConnections<Connection>();
  /** Those of which pieces of bodies came in since the turn began. */
  readonly #sending = new Set<Connection>();
  /** Those that are read again since the turn began, with what was read of them before. */
  readonly #tried = new Map<Connection, number>();
  #mostTried = fewest;
  /** As many are tried after a turn that lasted too long. */
  #fewestNext = fewest;
  #startedAt: number | undefined;
  #isOver = false;
  #areAllHeld = false;
  #isNextScheduled = false;
  #hasAccepted = false;
  /** Since when connections wait because others are accepted. */
  #acceptingSince: number | undefined;

  /** Takes part in the reading of every connection that the server tells by this event. */
  follow(server: Pick<Server, 'on'>, event: 'connection' | 'secureConnection'): void {
    server.on('connection', () => {
      this.#hasAccepted = true;
      this.#turnMs();
    });
    server.on(event, (socket: Socket) => {
      const connection = { socket, network: networkOf(socket.remoteAddress ?? ''), isHeld: false };
      // Node itself resumes whenever something of a response was sent.
      socket.on('resume', () => {
        if (!connection.isHeld) return;
        // Paused between the call of resume() and this event it is paused already, but Node has begun to read again by the event.
        if (socket.isPaused()) socket.emit('pause');
        else socket.pause();
      });
      socket.once('close', () => this.#read.delete(connection));
      onPieceOf.set(socket, (crowd) => this.#takePiece(connection, crowd));
      this.#read.add(connection);
      if (this.#waiting.size > 0) this.#hold(connection);
    });
  }

  /** A request was sent ahead of a response: when the turn has lasted long enough, no connection is read any more. */
  takeAhead(): void {
    if (this.#turnMs() > this.#mostTurnMs) this.#holdAll();
  }

  /**
   * A piece of a body came in: when the turn has lasted long enough, no connection that sends one is read any more, and
   * when it has lasted twice as long none at all: dozens of bodies may begin at once.
   */
  #takePiece(connection: Connection, crowd?: Crowd): void {
    this.#sending.add(connection);
    // Requests that only wait for their turn are to be read at the pace at which they are begun, and refusals at none.
    if (crowd === 'waiting') this.#fewestNext = Math.max(fewest, this.#mostTried / 2);
    else this.#fewestNext = fewest;
    const turnMs = this.#turnMs();
    const mayLastMs = Math.min(crowd ? maxCrowdedTurnMs : maxTurnMs, this.#mostTurnMs);
    if (turnMs > 2 * mayLastMs) this.#holdAll();
    if (turnMs <= mayLastMs) return;
    this.#isOver = true;
    for (const each of this.#sending) this.#hold(each);
    this.#sending.clear();
  }

  get #mostTurnMs(): number {
    return this.#hasAccepted ? maxAcceptingTurnMs : maxTurnMs;
  }

  /** How long the turn has lasted; it begins with the first work in it. */
  #turnMs(): number {
    if (this.#startedAt === undefined) {
      this.#startedAt = performance.now();
      this.#scheduleNext();
    }
    return performance.now() - this.#startedAt;
  }

  #holdAll(): void {
    if (this.#areAllHeld) return;
    this.#areAllHeld = true;
    this.#isOver = true;
    for (const connection of this.#read) this.#hold(connection);
  }

  #hold(connection: Connection): void {
    const { socket } = connection;
    // What others have paused they resume, when there is room again for what it sends.
    if (socket.isPaused() || socket.destroyed) return;
    this.#read.delete(connection);
    connection.isHeld = true;
    socket.pause();
    if (this.#tried.get(connection) === socket.bytesRead) this.#waiting.putBack(connection);
    else this.#waiting.push(connection);
  }

  /** Tells whether what waits has to wait for another turn, because there may be more to accept. */
  #isAccepting(): boolean {
    const hasAccepted = this.#hasAccepted && this.#waiting.size > 0;
    this.#hasAccepted = false;
    const now = performance.now();
    if (hasAccepted && now - (this.#acceptingSince ??= now) < maxAcceptingMs) return true;
    this.#acceptingSince = undefined;
    return false;
  }

  #scheduleNext(): void {
    if (this.#isNextScheduled) return;
    this.#isNextScheduled = true;
    setImmediate(this.#beginNext);
  }

  readonly #beginNext = (): void => {
    if (this.#isAccepting()) {
      setImmediate(this.#beginNext);
      return;
    }
    this.#mostTried = this.#isOver ? this.#fewestNext : 2 * this.#mostTried;
    this.#fewestNext = fewest;
    this.#isNextScheduled = false;
    this.#startedAt = undefined;
    this.#isOver = false;
    this.#areAllHeld = false;
    this.#sending.clear();
    this.#tried.clear();
    while (this.#tried.size < this.#mostTried && this.#waiting.size > 0) {
      const connection = this.#waiting.take()!;
      const { socket } = connection;
      connection.isHeld = false;
      if (socket.destroyed) continue;
      this.#tried.set(connection, socket.bytesRead);
      this.#read.add(connection);
      socket.resume();
    }
    if (this.#waiting.size > 0) this.#scheduleNext();
    else this.#mostTried = fewest;
  };
}

/** Why a request adds to a crowd. */
type Crowd = 'refused' | 'waiting';

const onPieceOf = new WeakMap<Socket, (crowd?: Crowd) => void>();

/** To be called for every piece of a large body that was taken up. */
export function takePiece({ socket }: IncomingMessage): void {
  onPieceOf.get(socket)?.();
}

/** To be called for every request that was refused before its body was looked at, or has to wait until that is read. */
export function takeCrowded({ socket }: IncomingMessage, crowd: Crowd): void {
  onPieceOf.get(socket)?.(crowd);
}
