import createError, { type FastifyErrorConstructor } from '@fastify/error';
import { accessErrors } from './errors/access-errors.ts';
import { imageErrors } from './errors/image-errors.ts';
import { modelErrors } from './errors/model-errors.ts';
import { repositoryErrors } from './errors/repository-errors.ts';
import { requestErrors } from './errors/request-errors.ts';
import { trainingErrors } from './errors/training-errors.ts';

/**
 * Every error Glimpse raises on purpose, by families: a stable code, the HTTP status it becomes, one sentence with `%s` where arguments go.
 * Codes are never renamed or reused; `docs/errors.md` lists them and a test keeps page and catalogue equal.
 */
export const errorCatalogue = {
  ...requestErrors,
  ...accessErrors,
  ...imageErrors,
  ...modelErrors,
  ...repositoryErrors,
  ...trainingErrors,
} as const;

export type ErrorCode = keyof typeof errorCatalogue;

/** One argument for each `%s` of a sentence. */
type Arguments<Sentence extends string> = Sentence extends `${string}%s${infer Rest}`
  ? [string | number, ...Arguments<Rest>]
  : [];

type ErrorConstructors = {
  readonly [Code in ErrorCode]: FastifyErrorConstructor<
    { code: Code; statusCode: number },
    Arguments<(typeof errorCatalogue)[Code][1]>
  >;
};

/** `throw new errors.GLIMPSE_QUEUE_FULL(64)`: the code is the name, so one search finds all of it. */
export const errors: ErrorConstructors = buildConstructors();

/** Facts about one error for programs; sent as `details` of the response. */
export type ErrorDetails = Record<string, unknown>;

/** An error of the catalogue, as caught. */
export interface GlimpseError extends Error {
  readonly code: ErrorCode;
  readonly statusCode: number;
  readonly details?: ErrorDetails;
}

export function isGlimpseError(error: unknown): error is GlimpseError {
  if (!(error instanceof Error && 'code' in error)) return false;
  return typeof error.code === 'string' && isErrorCode(error.code);
}

/** Whether the catalogue has this code. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCatalogue, code);
}

/** Anything thrown as an error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** What anything thrown says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The same error with facts for machines attached, and its origin kept as `cause`. */
export function withDetails<E extends Error>(error: E, details: ErrorDetails, cause?: unknown): E {
  Object.assign(error, { details });
  if (cause !== undefined) error.cause = cause;
  return error;
}

/** Calls a listener; what it throws becomes a warning and stops nothing. */
export function notify(listener: () => void): void {
  try {
    listener();
  } catch (error) {
    warn(error);
  }
}

/** Prints an error that no caller receives as a warning of the process. */
export function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}

function buildConstructors(): ErrorConstructors {
  const constructors = Object.fromEntries(
    Object.entries(errorCatalogue).map(([code, [status, sentence]]) => [
      code,
      createError(code, sentence, status),
    ]),
  );
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- keys and arguments follow from the table above
  return constructors as unknown as ErrorConstructors;
}
