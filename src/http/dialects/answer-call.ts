import type { FastifyReply, FastifyRequest } from 'fastify';
import { errors, withDetails } from '../../errors.ts';
import type { PredictRequest } from '../../serving/predictor.ts';
import { mediaTypeOf, receiveInTurn } from '../predict/image-body.ts';
import { openCall, setAnswerHeaders } from '../predict/predict-route.ts';
import { runCall, type Answered, type Asked } from '../predict/run-call.ts';
import type { BodyForm, BodyHead } from '../bodies/body-form.ts';
import { largeBodyBytes } from '../bodies/body-reader.ts';
import type { DialectOptions } from './dialect.ts';
import { warningsText } from './warnings-text.ts';

/** How a dialect writes a call for predictions down. */
export interface CallWire<Wanted> {
  readonly form: BodyForm<Wanted>;
  /** What of its head its body is read by; left out: that of the request. */
  readonly head?: BodyHead;
  /** What of what is asked for decides how the images are answered. */
  readonly asks: (wanted: Wanted) => Partial<Omit<Asked, 'instances'>>;
  /** Sets headers of its own, the type of the answer among them, and gives its bytes. */
  readonly write: (answered: Answered, wanted: Wanted) => string | Buffer;
}

/** GLIMPSE_UNSUPPORTED_MEDIA_TYPE, before anything of the body is read, unless its type is one of these (`image/*` is any image). */
export function refuseOtherTypes(
  { headers }: Pick<FastifyRequest, 'headers'>,
  accepted: readonly string[],
): void {
  const type = mediaTypeOf(headers['content-type'] ?? '');
  if (
    accepted.some((one) => one === type || (one.endsWith('*') && type.startsWith(one.slice(0, -1))))
  )
    return;
  throw withDetails(new errors.GLIMPSE_UNSUPPORTED_MEDIA_TYPE(type.slice(0, 200)), {
    accepted: accepted.filter((one) => one !== ''),
  });
}

/** Which version is asked: none means that the model decides. */
export type Choice = Pick<PredictRequest, 'model' | 'selector'>;

/**
 * Answers a call for predictions as POST /predict does, whatever it is written in: let in by its head, paid for from its
 * account, cancelled when its client leaves, within its deadline, logged and counted. `write` gets all scores of all classes
 * (`outputs` of the result).
 */
export async function answerCall<Wanted>(
  options: DialectOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  choice: Choice,
  { form, head = headOf(request), asks, write }: CallWire<Wanted>,
): Promise<FastifyReply> {
  const { limits, bodies } = options;
  const { maxImages } = limits;
  const call = await openCall(options, request, reply, choice);
  let wanted: Wanted;
  const body = await runCall(
    options,
    call,
    async (context) => {
      const isLarge = Number(request.headers['content-length']) > largeBodyBytes;
      // A large one goes to a thread, as the whole of its memory.
      const numbersFrom = isLarge ? undefined : form.numbersFrom?.(head);
      const bytes = await receiveInTurn(request.raw, limits, context, { numbersFrom });
      const { account, cancellation: signal } = context;
      const read = await bodies.read(form, bytes, { head, maxImages, account, signal });
      context.arrival.read(read.instances.length);
      if (read.instances.length === 0) throw new errors.GLIMPSE_NO_IMAGE();
      wanted = read.asked;
      const usual = { topK: 1, partial: false, withOutputs: true };
      return { ...usual, ...asks(wanted), instances: read.instances };
    },
    (answered) => {
      setAnswerHeaders(reply, answered);
      const warnings = warningsText(answered.result);
      if (warnings !== undefined) void reply.header('glimpse-warnings', warnings);
      return write(answered, wanted);
    },
  );
  return reply.send(body);
}

function headOf({ headers }: FastifyRequest): BodyHead {
  const length = headers['inference-header-content-length'];
  return {
    'content-type': headers['content-type'],
    accept: headers.accept,
    'inference-header-content-length': typeof length === 'string' ? length : undefined,
  };
}

/** The version that a segment of an address names: by its number, else by a label. */
export function choiceOf(model: string, name: string | undefined): Choice {
  if (name === undefined) return { model };
  return { model, selector: isNumber(name) ? { version: Number(name) } : { label: name } };
}

/** Versions are whole numbers from one on; what looks otherwise is the name of a label. */
function isNumber(name: string): boolean {
  return /^[1-9]\d{0,14}$/.test(name);
}
