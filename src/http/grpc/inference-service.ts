import type {
  handleUnaryCall,
  Metadata,
  ServerDuplexStream,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { isRecord } from '../../json.ts';
import type { InnerAnswer } from '../connections/inner-call.ts';
import { errorOf, toldBy, type GrpcCall, type GrpcCalls } from './grpc-calls.ts';
import { GrpcFailure, grpcStatus } from './grpc-status.ts';
import { bodyOf, messageOfAnswer, type InferMessage } from './infer-message.ts';

interface Named {
  readonly name?: string;
  readonly version?: string;
}
interface OfRepository {
  readonly model_name?: string;
  readonly ready?: boolean;
  readonly parameters?: object;
}
type Unary<Request> = handleUnaryCall<Request, object>;

/** `inference.GRPCInferenceService`: each of its calls is one of the protocol over HTTP. */
export function inferenceService(
  calls: GrpcCalls,
  newMetadata: () => Metadata,
): UntypedServiceImplementation {
  const answering = <Request>(answer: Answering<Request>): Unary<Request> =>
    unaryCall(answer, newMetadata);
  const get = async (call: GrpcCall, url: string): Promise<unknown> =>
    jsonOf(await calls.ask(call, url));
  const post = async (call: GrpcCall, url: string, fields: object): Promise<unknown> =>
    jsonOf(await calls.ask(call, url, jsonBody(fields)));
  return {
    ServerLive: answering(async (call) => ({
      message: await isAnswered(calls, call, '/v2/health/live', 'live'),
    })),
    ServerReady: answering(async (call) => ({
      message: await isAnswered(calls, call, '/v2/health/ready', 'ready'),
    })),
    ModelReady: answering<Named>(async (call) => ({
      message: await isAnswered(calls, call, `${addressOf(call.request)}/ready`, 'ready'),
    })),
    ServerMetadata: answering(async (call) => ({ message: recordOf(await get(call, '/v2')) })),
    ModelMetadata: answering<Named>(async (call) => ({
      message: recordOf(await get(call, addressOf(call.request))),
    })),
    ModelConfig: answering<Named>(async (call) => ({
      message: { config: await get(call, `${addressOf(call.request)}/config`) },
    })),
    ModelStatistics: answering<Named>(async (call) => {
      const url = call.request.name ? `${addressOf(call.request)}/stats` : '/v2/models/stats';
      return { message: recordOf(await get(call, url)) };
    }),
    RepositoryIndex: answering<OfRepository>(async (call) => {
      const ready = call.request.ready ?? false;
      return { message: { models: await post(call, '/v2/repository/index', { ready }) } };
    }),
    RepositoryModelLoad: answering<OfRepository>(async (call) => ({
      message: recordOf(
        await post(call, repositoryUrl(call.request, 'load'), parametersOf(call.request)),
      ),
    })),
    RepositoryModelUnload: answering<OfRepository>(async (call) => ({
      message: recordOf(await post(call, repositoryUrl(call.request, 'unload'), {})),
    })),
    ModelInfer: answering<InferMessage>(async (call) => infer(calls, call, call.request)),
    ModelStreamInfer: (stream: ServerDuplexStream<InferMessage, object>) => {
      void answerStream(calls, stream);
    },
  };
}

type Answering<Request> = (call: GrpcCall & { readonly request: Request }) => Promise<Told>;

function unaryCall<Request>(
  answer: Answering<Request>,
  newMetadata: () => Metadata,
): Unary<Request> {
  return (call, done) => {
    const settle = async (): Promise<void> => {
      try {
        const { message, told = {} } = await answer(call);
        const metadata = newMetadata();
        for (const [name, value] of Object.entries(told)) metadata.set(name, value);
        done(null, message, metadata);
      } catch (error) {
        done(errorOf(error, newMetadata()));
      }
    };
    void settle();
  };
}

/** A message, and what the metadata behind it tells. */
interface Told {
  readonly message: object;
  readonly told?: Readonly<Record<string, string>>;
}

async function infer(calls: GrpcCalls, call: GrpcCall, message: InferMessage): Promise<Told> {
  const { model_name: name = '', model_version: version = '' } = message;
  const { body, jsonBytes } = bodyOf(message);
  const answer = await calls.ask(call, `${addressOf({ name, version })}/infer`, {
    body,
    headers: [
      ['content-type', 'application/octet-stream'],
      ['inference-header-content-length', String(jsonBytes)],
    ],
  });
  const isTyped = (message.raw_input_contents ?? []).length === 0;
  return { message: messageOfAnswer(answer, isTyped), told: toldBy(answer) };
}

/** One after the other, in their order; one that fails is answered with its sentence, and the stream goes on. */
async function answerStream(
  calls: GrpcCalls,
  stream: ServerDuplexStream<InferMessage, object>,
): Promise<void> {
  try {
    // The end of what comes in must not take what goes out with it.
    const messages: AsyncIterable<InferMessage> = stream.iterator({ destroyOnReturn: false });
    for await (const message of messages) {
      const answer = await infer(calls, stream, message).then(
        (told) => ({ infer_response: told.message }),
        (error: unknown) => ({
          error_message:
            error instanceof GrpcFailure ? error.message : 'Something went wrong on our side.',
        }),
      );
      if (!stream.write(answer)) await new Promise((resolve) => stream.once('drain', resolve));
    }
  } catch {
    // Whoever sent it has left.
  } finally {
    stream.end();
  }
}

/** Whether a server or a model answers: a 503 says no, and is no failure. */
async function isAnswered(
  calls: GrpcCalls,
  call: GrpcCall,
  url: string,
  field: 'live' | 'ready',
): Promise<object> {
  try {
    await calls.ask(call, url);
    return { [field]: true };
  } catch (error) {
    if (error instanceof GrpcFailure && error.status === grpcStatus.UNAVAILABLE) {
      return { [field]: false };
    }
    throw error;
  }
}

function addressOf({ name = '', version = '' }: Named): string {
  if (name === '')
    throw new GrpcFailure(grpcStatus.INVALID_ARGUMENT, 'The name of a model is missing.');
  const model = `/v2/models/${encodeURIComponent(name)}`;
  return version === '' ? model : `${model}/versions/${encodeURIComponent(version)}`;
}

function repositoryUrl({ model_name: name = '' }: OfRepository, verb: 'load' | 'unload'): string {
  if (name === '')
    throw new GrpcFailure(grpcStatus.INVALID_ARGUMENT, 'The name of a model is missing.');
  return `/v2/repository/models/${encodeURIComponent(name)}/${verb}`;
}

/** Their names are enough: what they hold is refused. */
function parametersOf({ parameters = {} }: OfRepository): object {
  const names = Object.keys(parameters);
  return { parameters: Object.fromEntries(names.map((name) => [name, true])) };
}

function jsonBody(fields: object) {
  const headers = [['content-type', 'application/json']] as const;
  return { body: Buffer.from(JSON.stringify(fields)), headers };
}

function jsonOf({ body }: InnerAnswer): unknown {
  return JSON.parse(body.toString());
}

function recordOf(value: unknown): object {
  return isRecord(value) ? value : {};
}
