import { Socket } from 'node:net';
import type { FastifyReply } from 'fastify';

/** Whether the client has closed its connection before its response was sent. */
export function hasLeft({ raw, request }: FastifyReply): boolean {
  if (!raw.destroyed || raw.writableFinished) return false;
  // The response to an injected request ends on no connection, and is complete once all of it was given.
  return !raw.writableEnded || request.raw.socket instanceof Socket;
}

/** Calls `onLeave` when the client closes its connection before its response is sent. */
export function whenClientLeaves(reply: FastifyReply, onLeave: () => void): void {
  reply.raw.once('close', () => {
    if (hasLeft(reply)) onLeave();
  });
}
