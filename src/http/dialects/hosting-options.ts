/** What an invocation can be answered as. */
export const answerTypes = ['application/json', 'application/jsonlines', 'text/csv'] as const;
export type AnswerType = (typeof answerTypes)[number];

/** What an endpoint is told to do by its settings. */
export interface HostingOptions {
  /** What is answered where a caller takes anything. */
  readonly accept: AnswerType;
  /** What a batch transform is told. */
  readonly execution: ExecutionParameters;
  /** Where it is an endpoint of several models. */
  readonly models?: EndpointModels | undefined;
  /** The port of the calls of management of TorchServe; 0: none. */
  readonly torchservePort: number;
}

/** In the words of SageMaker. */
export interface ExecutionParameters {
  readonly MaxConcurrentTransforms: number;
  readonly BatchStrategy: 'MULTI_RECORD' | 'SINGLE_RECORD';
  readonly MaxPayloadInMB: number;
}

/** The models that calls have loaded, by the names that SageMaker gives them. */
export interface EndpointModels {
  /** In the order in which they were loaded. */
  list(): EndpointModel[];
  /** GLIMPSE_MODEL_NOT_FOUND when it is not loaded. */
  find(name: string): EndpointModel & { readonly model: string };
  /** Resolves when it answers. GLIMPSE_MODEL_LOADED, GLIMPSE_MODEL_URL_FORBIDDEN, or why it cannot be loaded. */
  load(name: string, url: string): Promise<void>;
  /** Resolves when it has left the memory. */
  unload(name: string): Promise<void>;
}

export interface EndpointModel {
  readonly name: string;
  readonly url: string;
}
