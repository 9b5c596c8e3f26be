import type { FastifyReply, FastifyRequest } from 'fastify';
import { errors, messageOf } from '../../errors.ts';
import { receiveBody } from '../receive-body.ts';
import { checkSmallJson } from '../small-json.ts';
import { createRequestCancellation, requestTimes } from '../predict/request-cancellation.ts';
import { refuseOtherTypes } from './answer-call.ts';
import type { DialectOptions } from './dialect.ts';

/** Largest body of the calls of the dialects that take a few fields. */
const maxSmallBytes = 1024 * 1024;

/** The last one is what curl says of -d; many say nothing at all. */
const acceptedTypes = [
  'application/json',
  '',
  'application/octet-stream',
  'application/x-www-form-urlencoded',
];

/** The few fields of JSON in the body of a call that is no prediction; undefined for an empty body. */
export async function readSmallJson(
  { ledger, requestTimeoutMs }: Pick<DialectOptions, 'ledger' | 'requestTimeoutMs'>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  refuseOtherTypes(request, acceptedTypes);
  const cancellation = createRequestCancellation(
    reply,
    requestTimes(request, reply, requestTimeoutMs),
  );
  const account = ledger.open({ id: 'small bodies', weight: 1 }, cancellation.deadline);
  try {
    const knob = 'this call takes no more';
    const limit = { maxBytes: maxSmallBytes, knob };
    const body = await receiveBody(request.raw, { ...limit, cancellation, account });
    return body.length === 0 ? undefined : parseJson(body);
  } finally {
    account.close();
  }
}

function parseJson(body: Buffer): unknown {
  checkSmallJson(body);
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    const reason = messageOf(error).slice(0, 200);
    throw new errors.GLIMPSE_BAD_REQUEST(`its JSON cannot be read (${reason}).`);
  }
}
