import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { networkOf } from '../../access/caller.ts';
import { commonFlow } from '../../fair-queue.ts';
import { MessageFraming } from './message-framing.ts';
import { ParsingTurns, type Connection } from './parsing-turns.ts';

export interface ReadOptions {
  /** The event that gives the socket on which HTTP is spoken. */
  readonly event: 'connection' | 'secureConnection';
  /** Bytes of all connections together that may be sent ahead of responses and be read already. */
  readonly maxAheadBytes?: number;
  /** A connection was closed, because there are more. */
  readonly onDrop: () => void;
}

const defaultAheadBytes = 32 * 1024 * 1024;

/**
 * Has Node parse what connections send request by request. By itself it parses whatever has come in of all connections
 * in one go, and hundreds of them that send a hundred requests each hold up everybody else for as long as that
 * takes.
 */
export function readInTurns(
  server: Server,
  { event, maxAheadBytes = defaultAheadBytes, onDrop }: ReadOptions,
): void {
  const connections = new WeakMap<Socket, Connection>();
  const turns = new ParsingTurns(maxAheadBytes, onDrop);
  server.on(event, (socket: Socket) => {
    const connection = interpose(socket, turns);
    if (connection) connections.set(socket, connection);
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const connection = connections.get(request.socket);
    if (!connection) return;
    connection.framing.begin(request);
    response.once('close', () => turns.queue(connection));
  });
  // It is no connection of HTTP any more.
  server.on('connect', ({ socket }: IncomingMessage) => socket.removeAllListeners('data'));
}

/**
 * Puts the turns between a socket and Node's parser, which otherwise reads it below JavaScript. Any listener for data
 * ends that, and with it that a paused socket is not read: the listeners that see to it are Node's own, and put back.
 */
function interpose(socket: Socket, turns: ParsingTurns): Connection | undefined {
  const [parse] = socket.listeners('data');
  const [onPause] = socket.listeners('pause');
  const [onResume] = socket.listeners('resume');
  if (!parse || !onPause || !onResume || socket.destroyed) return undefined;
  const connection: Connection = {
    socket,
    network: networkOf(socket.remoteAddress ?? ''),
    framing: new MessageFraming(),
    parse: (piece) => void Reflect.apply(parse, socket, [piece]),
    flow: commonFlow,
    isHeld: false,
    isQueued: false,
    hasTurn: false,
    isProbed: false,
    aheadBytes: 0,
  };
  socket.removeAllListeners('data').on('data', (chunk: Buffer) => turns.receive(connection, chunk));
  socket.on('pause', () => void Reflect.apply(onPause, socket, []));
  socket.on('resume', () => void Reflect.apply(onResume, socket, []));
  socket.once('close', () => turns.leave(connection));
  return connection;
}
