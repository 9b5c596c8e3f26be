import type { Worker } from 'node:cluster';
import { isFromServer, type FromServer, type ToServer } from './messages.ts';
import type { Receiver } from './switchboard.ts';

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

/** One process of a server, as the primary one sees it. */
export class Fork implements Receiver {
  readonly number: number;
  readonly startedAt = performance.now();
  /** Settles with how it ended, and never rejects. */
  readonly end: Promise<ProcessEnd>;
  readonly #worker: Worker;
  #isListening = false;

  constructor(
    number: number,
    worker: Worker,
    onMessage: (from: Fork, message: FromServer) => void,
  ) {
    this.number = number;
    this.#worker = worker;
    this.end = new Promise((resolve) => {
      worker.once('exit', (code: number | null, signal: string | null) => {
        resolve({ code, signal });
      });
    });
    worker.on('message', (message: unknown) => {
      if (!isFromServer(message)) return;
      if (message.kind === 'listening') this.#isListening = true;
      onMessage(this, message);
    });
    // A message to a process that dies just now is answered by its end.
    worker.on('error', () => {});
  }

  get isFirst(): boolean {
    return this.number === 0;
  }

  get pid(): number | undefined {
    return this.#worker.process.pid;
  }

  /** Whether it has accepted connections at some time. */
  get hasListened(): boolean {
    return this.#isListening;
  }

  send(message: ToServer): void {
    if (this.#worker.isConnected()) this.#worker.send(message);
  }

  kill(): void {
    this.#worker.process.kill('SIGKILL');
  }
}
