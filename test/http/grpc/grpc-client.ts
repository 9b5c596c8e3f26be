import { createServer } from 'node:net';
import {
  Client,
  credentials as noTls,
  Metadata,
  type ChannelCredentials,
  type ClientOptions,
  type ServiceError,
} from '@grpc/grpc-js';
import { readServices } from '../../../src/http/grpc/read-protos.ts';

/** What is spoken, by the names of its services. */
export const services = new Map(readServices().map(({ name, definition }) => [name, definition]));
export const inference = 'inference.GRPCInferenceService';

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into it with matchers
export type Answer = any;

export interface AskOptions {
  readonly service?: string;
  readonly headers?: Record<string, string>;
  readonly deadlineMs?: number;
  /** Takes what cancels the call. */
  readonly onOpen?: (cancel: () => void) => void;
}

export interface Asked {
  readonly answer?: Answer;
  readonly error?: ServiceError;
  readonly trailers: Metadata;
}

/** A client of one connection. Close it. */
export function grpcClient(
  port: number,
  credentials: ChannelCredentials = noTls.createInsecure(),
  options: ClientOptions = {},
) {
  const client = new Client(`127.0.0.1:${port}`, credentials, options);
  return {
    client,
    /** A call with one message each way; resolves with what came, or with the error that it failed with. */
    ask(
      method: string,
      message: object = {},
      { service = inference, headers = {}, deadlineMs = 20_000, onOpen }: AskOptions = {},
    ): Promise<Asked> {
      const { path, requestSerialize, responseDeserialize } = services.get(service)![method]!;
      const metadata = new Metadata();
      for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
      return new Promise((resolve) => {
        const call = client.makeUnaryRequest(
          path,
          requestSerialize,
          responseDeserialize,
          message,
          metadata,
          { deadline: Date.now() + deadlineMs },
          (error, answer) =>
            call.once('status', ({ metadata: trailers }) =>
              resolve({
                ...(error && { error }),
                ...(answer !== undefined && { answer }),
                trailers,
              }),
            ),
        );
        onOpen?.(() => call.cancel());
      });
    },
    close: () => client.close(),
  };
}

/** A port of 127.0.0.1 that nobody has just now. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  await new Promise((resolve) => probe.close(resolve));
  return address.port;
}
