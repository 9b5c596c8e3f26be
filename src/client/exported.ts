/** `glimpse/client`: the calls of a server, for Node and browsers. Imports nothing else of the house. */
export { createClient, GlimpseClient } from './client.ts';
export type { ClientOptions, PredictAnswer, Prediction, PredictOptions } from './client.ts';
export type { CallAnswer, CallInput, CallName, IfGiven, JsonIn, PartsOf, Schemas } from './call.ts';
export type { calls, errorCodes } from './contract/calls.ts';
export type { components, operations } from './contract/shapes.ts';
export {
  errors,
  GlimpseError,
  GlimpseJobFailed,
  GlimpseTimeout,
  GlimpseUnreachable,
} from './errors.ts';
export type { ErrorClasses, ErrorCode, ErrorFacts } from './errors.ts';
export type { ImageSource } from './image-source.ts';
export type {
  Job,
  JobEvent,
  NamedFile,
  PublishRequest,
  SearchRequest,
  TrainRequest,
  WaitOptions,
} from './jobs.ts';
