import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What of a connection is not answered yet. */
interface Connection {
  /** The responses that are not sent yet, in the order of their requests, and whether they are being made: others need no end. */
  readonly pending: Map<ServerResponse, boolean>;
  /** How many of them are being made. */
  handled: number;
  /** Begins the others, in their order. */
  readonly waiting: (() => void)[];
  /** Whether it is among those whose next request is begun soon. */
  isNext: boolean;
  /** Whether it has ever had requests that wait. */
  hasWaited: boolean;
}

const connections = new WeakMap<Socket, Connection>();

/** A connection with more pending responses is not read further; without pipelining there is never more than one. */
const maxPending = 32;

/** Requests of one connection that are handled at a time, so that it has no larger share than others have. */
const maxHandled = 4;

/** Requests of all connections that wait for their turn: those of a single reading of a socket may be a thousand. */
const maxWaiting = 10_000;

/**
 * Tracks the pending responses of every connection. A client may send its next requests before it has its responses
 * (pipelining); when its connection then ends, Node emits 'close' on the first pending response only, so that the
 * others would neither be cancelled nor counted as ended: here 'close' is emitted on them as well.
 */
export function trackPendingResponses(server: Pick<Server, 'on'>): void {
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const { pending } = connectionOf(socket);
    if (!pending.has(response)) pending.set(response, false);
    if (pending.size > maxPending) socket.pause();
    response.once('close', () => {
      if (pending.delete(response) && pending.size === maxPending / 2) socket.resume();
    });
  });
}

/**
 * Has the requests that a connection sent ahead of its responses handled a few at a time, connections taking turns, and one
 * in each turn of the event loop: whoever sends thousands of them at once, or does not read the responses, holds up
 * nobody else. `onAhead` is called for each of them. Where too many wait in all, the connection that sends another one is
 * closed, and `onDrop` is called.
 */
export function handleInTurn(
  listener: RequestListener,
  { onAhead, onDrop }: { readonly onAhead: () => void; readonly onDrop: () => void },
): RequestListener {
  let waiting = 0;
  const schedule = createTurns();
  return (request, response) => {
    const { socket } = request;
    if (socket.destroyed) return;
    const connection = connectionOf(socket);
    const handle = (): void => {
      connection.handled += 1;
      connection.pending.set(response, true);
      response.once('close', () => {
        connection.handled -= 1;
        schedule(connection);
      });
      listener(request, response);
    };
    if (connection.handled === 0 && connection.waiting.length === 0) {
      handle();
      return;
    }
    onAhead();
    if (waiting >= maxWaiting) {
      socket.destroy();
      onDrop();
      return;
    }
    if (!connection.hasWaited) {
      connection.hasWaited = true;
      socket.once('close', () => (waiting -= connection.waiting.splice(0).length));
    }
    waiting += 1;
    connection.waiting.push(() => {
      waiting -= 1;
      if (!socket.destroyed) handle();
    });
    schedule(connection);
  };
}

/** Whether the first of these responses is being sent. */
function isSending(pending: Iterable<ServerResponse>): boolean {
  const [first] = pending;
  return first?.headersSent ?? false;
}

/** Begins waiting requests: one in each turn of the event loop, of one connection after the other. */
function createTurns(): (connection: Connection) => void {
  const next: Connection[] = [];
  const begin = (): void => {
    const connection = next.shift()!;
    connection.isNext = false;
    connection.waiting.shift()?.();
    if (next.length > 0) setImmediate(begin);
    schedule(connection);
  };
  const schedule = (connection: Connection): void => {
    const { isNext, handled, waiting, pending } = connection;
    if (isNext || handled >= maxHandled || waiting.length === 0) return;
    // Nothing is made for a client that has yet to read what it asked for before; the end of that comes back here.
    if (handled > 0 && isSending(pending.keys())) return;
    connection.isNext = true;
    next.push(connection);
    if (next.length === 1) setImmediate(begin);
  };
  return schedule;
}

/** The response that is being sent or is sent next; undefined when none is pending. */
export function nextPendingResponse(socket: Socket): ServerResponse | undefined {
  const [first] = connections.get(socket)?.pending.keys() ?? [];
  return first;
}

function connectionOf(socket: Socket): Connection {
  const known = connections.get(socket);
  if (known) return known;
  const pending = new Map<ServerResponse, boolean>();
  const connection = { pending, handled: 0, waiting: [], isNext: false, hasWaited: false };
  connections.set(socket, connection);
  // Node itself resumes whenever something of a response was sent.
  socket.on('resume', () => {
    if (pending.size > maxPending / 2) socket.pause();
  });
  // What has ended before Node does that itself costs no stack of an error, of which there may be thousands in a turn.
  socket.prependOnceListener('close', () => {
    for (const [response, isBegun] of pending) if (!isBegun) response.req.destroy();
  });
  socket.once('close', () => {
    for (const [response, isBegun] of pending) {
      if (response.closed || !isBegun) continue;
      pending.delete(response);
      response.destroy();
      response.emit('close');
    }
    pending.clear();
  });
  return connection;
}
