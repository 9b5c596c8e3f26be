import type { FastifyReply } from 'fastify';

/** Whether the client has closed its connection before its response was sent. */
export function hasLeft({ raw }: FastifyReply): boolean {
  return raw.destroyed && !raw.writableFinished;
}

/** Calls `onLeave` when the client closes its connection before its response is sent. */
export function whenClientLeaves(reply: FastifyReply, onLeave: () => void): void {
  reply.raw.once('close', () => {
    if (hasLeft(reply)) onLeave();
  });
}
