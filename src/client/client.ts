import {
  requestOf,
  type AnyInput,
  type CallAnswer,
  type CallInput,
  type CallName,
  type Schemas,
} from './call.ts';
import { blobOf, type ImageSource } from './image-source.ts';
import {
  ending,
  eventsOf,
  formOf,
  type Job,
  type JobEvent,
  type NamedFile,
  type PublishRequest,
  type SearchRequest,
  type TrainRequest,
  type WaitOptions,
} from './jobs.ts';
import { send, type SendOptions } from './send.ts';

/** How a client reaches its server. */
export interface ClientOptions {
  /** https://host, or https://host/prefix where a prefix stands before all addresses. */
  readonly url: string | URL;
  /** A key of the server, sent as x-api-key. */
  readonly key?: string;
  /** A token of OpenID Connect, sent as Authorization: Bearer. */
  readonly token?: string;
  /** For every call. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For everything that one call does, its retries included. Default 30,000. */
  readonly timeoutMs?: number;
  /** How often a call is sent again that was refused for now (429, 503), or that changes nothing and got no answer. Default 3. */
  readonly retries?: number;
  /** The first wait before that, where the server names none; it doubles each time. Default 200. */
  readonly backoffMs?: number;
  /** Default: that of the platform. */
  readonly fetch?: typeof globalThis.fetch;
}

/** Which version is to answer, and how. Without a model it is the default one of the server. */
export interface PredictOptions {
  readonly model?: string;
  readonly version?: number;
  /** A label of a version, as production or candidate. */
  readonly label?: string;
  readonly query?: NonNullable<CallInput<'predict'>['query']>;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  readonly retries?: number;
}

export type Prediction = Schemas['Prediction'];
export type PredictAnswer = Schemas['PredictAnswer'];

/** The calls of a Glimpse server. */
export class GlimpseClient {
  readonly #options: SendOptions;

  constructor(options: ClientOptions) {
    const { url, key, token, headers = {}, fetch = globalThis.fetch } = options;
    this.#options = {
      url: String(url),
      // Browsers refuse a fetch that is called as a method of something else.
      fetch: (input, init) => fetch(input, init),
      headers: {
        ...headers,
        ...(key !== undefined && { 'x-api-key': key }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      timeoutMs: options.timeoutMs ?? 30_000,
      retries: options.retries ?? 3,
      backoffMs: options.backoffMs ?? 200,
    };
  }

  /** Any call of the contract whose answer is JSON, by its operationId, with what openapi.yaml says of it as its types. */
  async call<Name extends CallName>(name: Name, input: CallInput<Name>): Promise<CallAnswer<Name>> {
    const text = await (await this.stream(name, input)).text();
    const answer: CallAnswer<Name> = text === '' ? undefined : JSON.parse(text);
    return answer;
  }

  /** The answer of a call as it comes, for what is no JSON: files, logs, events. */
  stream<Name extends CallName>(name: Name, input: CallInput<Name>): Promise<Response> {
    const given: AnyInput = input;
    return send(requestOf(name, given), this.#options);
  }

  /** What a model says about one image. */
  async predict(image: ImageSource, options: PredictOptions = {}): Promise<Prediction> {
    const { predictions } = await this.#ask(await this.#blob(image), options);
    const [prediction] = predictions;
    // One image without partial=true is answered, or the call is refused.
    if (!prediction || 'error' in prediction) throw new Error('the server answered no prediction');
    if (!('label' in prediction)) {
      throw new Error(
        'the server read every digit of the picture: ask by predictAll, or with the query read: "one"',
      );
    }
    return prediction;
  }

  /** What a model says about several images, in their order: one batch for the server. */
  async predictAll(
    images: readonly ImageSource[],
    options: PredictOptions = {},
  ): Promise<PredictAnswer> {
    const form = new FormData();
    const blobs = await Promise.all(images.map((image) => this.#blob(image)));
    for (const [index, blob] of blobs.entries()) form.append('image', blob, `image-${index}`);
    return this.#ask(form, options);
  }

  /** Begins to train a model. With files, these are learnt from. The same call sent twice makes one job. */
  train(request: TrainRequest = {}, files: readonly NamedFile[] = []): Promise<Job> {
    const headers = { 'idempotency-key': crypto.randomUUID() };
    if (files.length === 0) return this.call('startTraining', { json: request, headers });
    const body = formOf(
      request,
      files.map((file) => ['dataset', file]),
    );
    return this.call('startTraining', { body, headers, timeoutMs: Infinity });
  }

  /** Begins to search for hyperparameters: a job, whose trials are jobs. The same call sent twice makes one. */
  search(request: SearchRequest): Promise<Job> {
    const headers = { 'idempotency-key': crypto.randomUUID() };
    return this.call('startSearch', { json: request, headers });
  }

  /** Every search that is remembered, newest first, with its trials. */
  async searches(): Promise<readonly Job[]> {
    return (await this.call('listSearches', {})).searches;
  }

  /** Publishes a model that was trained elsewhere as the next version of `model`, as a job. `data`: the files of its weights. */
  async publish(
    model: string,
    file: NamedFile,
    request: PublishRequest = {},
    data: readonly NamedFile[] = [],
  ): Promise<Job> {
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const body = formOf(request, [['model', file], ...data.map((each) => ['data', each] as const)]);
    const given = { path: { model }, body, headers, timeoutMs: Infinity };
    const answer = await this.call('uploadVersion', given);
    // Who does not ask to wait gets the job.
    if (!('id' in answer)) throw new TypeError('the server answered no job');
    return answer;
  }

  /** What happens to a job, until it has ended; a stream that breaks is taken up again. */
  events(id: string, signal?: AbortSignal): AsyncGenerator<JobEvent> {
    return eventsOf(this, id, signal);
  }

  /** The record of a job when it has succeeded; GlimpseJobFailed when it has ended otherwise. */
  wait(id: string, options: WaitOptions = {}): Promise<Job> {
    return ending(this, id, options);
  }

  /** Every model that the server knows, with its versions and labels. */
  async models(): Promise<readonly Schemas['Model'][]> {
    return (await this.call('listModels', {})).models;
  }

  /** Loads a version, or the one that answers for the model, and keeps it. */
  async load(model: string, version?: number): Promise<void> {
    if (version === undefined) await this.call('loadModel', { path: { model } });
    else await this.call('loadVersion', { path: { model, version } });
  }

  /** Lets go of what a model, or one version of it, holds in memory; it is loaded again when somebody asks for it. */
  async unload(model: string, version?: number): Promise<void> {
    if (version === undefined) await this.call('unloadModel', { path: { model } });
    else await this.call('unloadVersion', { path: { model, version } });
  }

  /** Whether the server should get traffic; it answers also when it is not ready. */
  async isReady(): Promise<boolean> {
    try {
      await this.call('getReadiness', { retries: 0 });
      return true;
    } catch {
      return false;
    }
  }

  #blob(image: ImageSource): Promise<Blob> {
    return blobOf(image, this.#options.fetch);
  }

  #ask(body: FormData | Blob, options: PredictOptions): Promise<PredictAnswer> {
    const { model, version, label, query, ...how } = options;
    const kind = { 'content-type': 'application/octet-stream' };
    const input = {
      ...how,
      body,
      ...(query && { query }),
      ...(body instanceof Blob && { headers: kind }),
    };
    if (version !== undefined && label !== undefined)
      throw new TypeError('Either a version or a label is asked, not both.');
    if (model === undefined) {
      if (version === undefined && label === undefined) return this.call('predict', input);
      throw new TypeError('A version and a label are those of a model, which must be named, too.');
    }
    if (version !== undefined)
      return this.call('predictWithVersion', { ...input, path: { model, version } });
    if (label !== undefined)
      return this.call('predictWithLabel', { ...input, path: { model, label } });
    return this.call('predictWithModel', { ...input, path: { model } });
  }
}

/** A client of the server at an address. Opens nothing; there is nothing to close. */
export function createClient(options: ClientOptions): GlimpseClient {
  return new GlimpseClient(options);
}
