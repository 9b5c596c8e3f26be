import { errors, withDetails } from '../errors.ts';
import { packError, unpackError } from '../threads.ts';
import {
  isToServer,
  type AnswerOutcome,
  type Audience,
  type FromServer,
  type ProcessOrder,
  type ToServer,
} from './messages.ts';

/** What one process of a server has to do with the others. */
export interface ProcessLink {
  readonly order: ProcessOrder;
  /** Where the first listens for what is passed on; undefined while it does not. */
  readonly firstSocket: string | undefined;
  /** How many processes of this server have died so far; only the first one is told. */
  readonly deaths: number;
  /**
   * Resolves with what the others have answered, those left out that ended meanwhile or failed. GLIMPSE_PROCESS_AWAY when it
   * takes longer than it may.
   */
  askOthers(topic: string, content: unknown): Promise<unknown[]>;
  /** What the first process answered; rejects with its error, or GLIMPSE_PROCESS_AWAY where there is none. */
  askFirst(topic: string, content: unknown): Promise<unknown>;
  /** False when it was not told, because what was told before is still on its way. */
  tellFirst(topic: string, content: unknown): boolean;
  /** From now on this process answers questions of the topic so. */
  answer(topic: string, handler: TopicHandler): void;
  /** Tells the primary process that connections are accepted. */
  announceListening(): void;
  onFirst(listener: () => void): void;
  /** A process of the server died: its number. */
  onDeath(listener: (number: number) => void): void;
  onDrain(listener: () => void): void;
  onStop(listener: () => void): void;
}

/** How a process answers: the processes of a server run the same release, so a content is what its topic says it is. */
export interface TopicHandler {
  handle(content: unknown): unknown;
}

/** The channel to the primary process: `process` itself. */
export interface ProcessChannel {
  send?(message: FromServer, handle: undefined, options: object, done: () => void): boolean;
  on(event: 'message', listener: (message: unknown) => void): unknown;
}

interface Waiter {
  readonly resolve: (outcomes: readonly AnswerOutcome[]) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** So many messages that nobody waits for may be on their way; what they hold is memory of this process. */
const maxTold = 1_000;
const usualAnswerMs = 10_000;

/** Resolves when the primary process has said what this one is to be. */
export function openProcessLink(
  channel: ProcessChannel,
  answerMs = usualAnswerMs,
): Promise<ProcessLink> {
  return new Promise((resolve) => {
    let link: ChannelLink | undefined;
    channel.on('message', (message) => {
      if (!isToServer(message)) return;
      if (message.kind !== 'begin') return link?.take(message);
      link = new ChannelLink(channel, message.order, answerMs);
      resolve(link);
    });
    channel.send?.({ kind: 'here' }, undefined, {}, () => {});
  });
}

class ChannelLink implements ProcessLink {
  readonly order: ProcessOrder;
  firstSocket: string | undefined;
  deaths = 0;
  readonly #channel: ProcessChannel;
  readonly #answerMs: number;
  readonly #handlers = new Map<string, TopicHandler>();
  readonly #waiters = new Map<number, Waiter>();
  readonly #listeners: Record<Signal, (() => void)[]> = { first: [], drain: [], stop: [] };
  readonly #onDeath: ((number: number) => void)[] = [];
  /** Those that have come: one may come before there is anything to drain or stop. */
  readonly #signals = new Set<Signal>();
  #count = 0;
  #told = 0;

  constructor(channel: ProcessChannel, order: ProcessOrder, answerMs: number) {
    this.#channel = channel;
    this.#answerMs = answerMs;
    this.order = order;
    this.firstSocket = order.socketPath;
  }

  take(message: ToServer): void {
    if (message.kind === 'asked') return void this.#respond(message);
    if (message.kind === 'answers') return this.#settle(message.id, message.outcomes);
    if (message.kind === 'begin') return;
    if (message.kind === 'death') return this.#noteDeath(message);
    if (message.kind === 'first') this.firstSocket = message.socketPath;
    this.#signals.add(message.kind);
    for (const listener of this.#listeners[message.kind]) listener();
  }

  async askOthers(topic: string, content: unknown): Promise<unknown[]> {
    const outcomes = await this.#ask('others', topic, content);
    return outcomes.flatMap((outcome) => ('content' in outcome ? [outcome.content] : []));
  }

  async askFirst(topic: string, content: unknown): Promise<unknown> {
    const [outcome] = await this.#ask('first', topic, content);
    if (!outcome) throw new errors.GLIMPSE_PROCESS_AWAY();
    if ('content' in outcome) return outcome.content;
    throw outcome.error ? unpackError(outcome.error) : new errors.GLIMPSE_PROCESS_AWAY();
  }

  tellFirst(topic: string, content: unknown): boolean {
    if (this.#told >= maxTold) return false;
    this.#told += 1;
    this.#send({ kind: 'tell', to: 'first', topic, content }, () => (this.#told -= 1));
    return true;
  }

  answer(topic: string, handler: TopicHandler): void {
    this.#handlers.set(topic, handler);
  }

  announceListening(): void {
    this.#send({ kind: 'listening' });
  }

  onFirst(listener: () => void): void {
    this.#listeners.first.push(listener);
  }

  onDeath(listener: (number: number) => void): void {
    this.#onDeath.push(listener);
  }

  onDrain(listener: () => void): void {
    this.#listeners.drain.push(listener);
    if (this.#signals.has('drain')) listener();
  }

  onStop(listener: () => void): void {
    this.#listeners.stop.push(listener);
    if (this.#signals.has('stop')) listener();
  }

  #noteDeath({ deaths, number }: Extract<ToServer, { kind: 'death' }>): void {
    this.deaths = deaths;
    if (number !== undefined) for (const listener of this.#onDeath) listener(number);
  }

  #ask(to: Audience, topic: string, content: unknown): Promise<readonly AnswerOutcome[]> {
    this.#count += 1;
    const id = this.#count;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters.delete(id);
        const details = { topic, waitedMs: this.#answerMs };
        reject(withDetails(new errors.GLIMPSE_PROCESS_AWAY(), details));
      }, this.#answerMs).unref();
      this.#waiters.set(id, { resolve, reject, timer });
      this.#send({ kind: 'ask', id, to, topic, content });
    });
  }

  #settle(id: number, outcomes: readonly AnswerOutcome[]): void {
    const waiter = this.#waiters.get(id);
    if (!waiter) return;
    this.#waiters.delete(id);
    clearTimeout(waiter.timer);
    waiter.resolve(outcomes);
  }

  async #respond({ id, topic, content }: Extract<ToServer, { kind: 'asked' }>): Promise<void> {
    const outcome = await this.#outcomeOf(topic, content);
    if (id !== undefined) this.#send({ kind: 'answer', id, outcome });
  }

  async #outcomeOf(topic: string, content: unknown): Promise<AnswerOutcome> {
    const handler = this.#handlers.get(topic);
    // It has begun and is not yet put together.
    if (!handler) return { error: undefined };
    try {
      return { content: await handler.handle(content) };
    } catch (error) {
      return { error: packError(error) };
    }
  }

  #send(message: FromServer, done: () => void = () => {}): void {
    // A channel that is closed means that the primary process is gone, and this one is about to follow.
    this.#channel.send?.(message, undefined, {}, done);
  }
}

type Signal = 'first' | 'drain' | 'stop';
