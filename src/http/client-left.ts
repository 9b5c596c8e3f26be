import type { FastifyReply } from 'fastify';

/** Whether the client has closed its connection before its answer was out. */
export function hasLeft({ raw }: FastifyReply): boolean {
  return raw.destroyed && !raw.writableFinished;
}

/** Calls `leave` when the client closes its connection before its answer is out. */
export function whenClientLeaves(reply: FastifyReply, leave: () => void): void {
  reply.raw.once('close', () => {
    if (hasLeft(reply)) leave();
  });
}
