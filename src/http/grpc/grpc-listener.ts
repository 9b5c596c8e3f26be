import { Metadata, Server, ServerCredentials } from '@grpc/grpc-js';
import type { FastifyInstance } from 'fastify';
import type { CertificateHolder, TlsMaterial } from '../connections/tls.ts';
import { createGrpcCalls } from './grpc-calls.ts';
import { grpcTls } from './grpc-tls.ts';
import { openHealthService } from './health-service.ts';
import { inferenceService } from './inference-service.ts';
import { readServices } from './read-protos.ts';
import { reflectionService } from './reflection-service.ts';

export interface GrpcListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsMaterial | undefined;
  /** Of a message; a little more than the largest body, for what is written around it. */
  readonly maxBodyBytes: number;
  readonly keepAliveTimeoutMs: number;
  readonly isReady: () => boolean;
}

/** A port that speaks gRPC. Close it. */
export interface GrpcListener {
  readonly port: number;
  /** Where it speaks TLS. */
  readonly certificate: CertificateHolder | undefined;
  /** Takes no new calls, and waits for those that run; after the grace they are cut. */
  close(graceMs: number): Promise<void>;
}

/** Most calls at once over one connection: of each, a message may lie in memory before anybody can ask for its price. */
const maxStreams = 100;
const aroundBodyBytes = 64 * 1024;

/** Listens for gRPC beside the application, which must be ready: its calls become requests of that. */
export async function listenForGrpc(
  app: Pick<FastifyInstance, 'routing'>,
  options: GrpcListenerOptions,
): Promise<GrpcListener> {
  const { host, port, tls, maxBodyBytes, isReady } = options;
  const services = readServices();
  const server = new Server({
    'grpc.max_receive_message_length': maxBodyBytes + aroundBodyBytes,
    'grpc.max_send_message_length': -1,
    'grpc.max_concurrent_streams': maxStreams,
    'grpc.max_connection_idle_ms': options.keepAliveTimeoutMs,
    // What nobody asks for here costs every connection and call.
    'grpc.enable_channelz': 0,
  });
  const listening = { port };
  const calls = createGrpcCalls(app, () => listening.port);
  const isSpoken = (service: string): boolean => services.some(({ name }) => name === service);
  const health = openHealthService({ isReady, isSpoken });
  const reflection = reflectionService(services);
  const implementations = new Map([
    ['inference.GRPCInferenceService', inferenceService(calls, () => new Metadata())],
    ['grpc.health.v1.Health', health.service],
  ]);
  for (const { name, definition } of services) {
    server.addService(definition, implementations.get(name) ?? reflection);
  }
  const certificate = tls && grpcTls(tls);
  const credentials = certificate?.credentials ?? ServerCredentials.createInsecure();
  listening.port = await bind(server, addressOf(host, port), credentials);
  return {
    port: listening.port,
    certificate,
    async close(graceMs) {
      health.close();
      const timer = setTimeout(() => server.forceShutdown(), graceMs);
      await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      clearTimeout(timer);
    },
  };
}

const addressOf = (host: string, port: number): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

function bind(server: Server, address: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
}
