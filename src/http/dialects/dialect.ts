import type { FastifyInstance } from 'fastify';
import type { TSchema } from 'typebox';
import type { Registry } from '../../registry/registry.ts';
import type { ErrorShape } from '../error-handler.ts';
import type { PredictRouteOptions } from '../predict/predict-route.ts';
import type { BodyReader } from '../bodies/body-form.ts';
import type { HostingOptions } from './hosting-options.ts';

/** The APIs of other model servers that are spoken here, by the words of the setting GLIMPSE_DIALECTS. */
export const dialectNames = ['oip', 'tfserving', 'sagemaker', 'torchserve'] as const;
export type DialectName = (typeof dialectNames)[number];

/**
 * One of them. It translates what comes in and what goes out, and decides nothing about models: whatever a call for
 * predictions needs goes through `answerCall`.
 */
export interface Dialect {
  readonly name: DialectName;
  /** Whether an address, without its query, is one of this dialect: what goes wrong there is told in its words. */
  owns(path: string): boolean;
  readonly errors: ErrorShape;
  /** For the contract. */
  readonly schemas: readonly TSchema[];
  /** In a scope of its own, whose bodies are passed on as streams (`readSmallJson`, `answerCall`). */
  register(scope: FastifyInstance, options: DialectOptions): void;
}

/** What the dialects translate to. */
export interface DialectOptions extends PredictRouteOptions {
  readonly registry: Registry;
  /** Reads bodies, large ones on a thread. */
  readonly bodies: BodyReader;
  /** The release of Glimpse. */
  readonly version: string;
  /** What a server that others host is told by their settings. */
  readonly hosting: HostingOptions;
  readonly readiness: () => { ready: boolean; reasons: string[] };
}
