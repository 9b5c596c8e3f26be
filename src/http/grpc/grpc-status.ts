import type { InnerAnswer } from '../connections/inner-call.ts';
import { isRecord } from '../../json.ts';

/** The numbers of gRPC's statuses. */
export const grpcStatus = {
  OK: 0,
  CANCELLED: 1,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

const byHttpStatus: Readonly<Record<number, number>> = {
  400: grpcStatus.INVALID_ARGUMENT,
  401: grpcStatus.UNAUTHENTICATED,
  403: grpcStatus.PERMISSION_DENIED,
  404: grpcStatus.NOT_FOUND,
  405: grpcStatus.UNIMPLEMENTED,
  408: grpcStatus.DEADLINE_EXCEEDED,
  409: grpcStatus.FAILED_PRECONDITION,
  413: grpcStatus.INVALID_ARGUMENT,
  415: grpcStatus.INVALID_ARGUMENT,
  422: grpcStatus.INVALID_ARGUMENT,
  429: grpcStatus.RESOURCE_EXHAUSTED,
  499: grpcStatus.CANCELLED,
  503: grpcStatus.UNAVAILABLE,
  504: grpcStatus.DEADLINE_EXCEEDED,
};

/** Why a call failed, as gRPC tells it. */
export class GrpcFailure extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The failure that an answer of the protocol's other wire tells. */
export function failureOf({ status, body }: InnerAnswer): GrpcFailure {
  return new GrpcFailure(byHttpStatus[status] ?? grpcStatus.INTERNAL, sentenceIn(body));
}

function sentenceIn(body: Buffer): string {
  try {
    const parsed: unknown = JSON.parse(body.toString());
    const error = isRecord(parsed) ? parsed['error'] : undefined;
    if (typeof error === 'string') return error;
  } catch {
    // Whatever it says, it is no sentence for a client.
  }
  return 'The call failed.';
}
