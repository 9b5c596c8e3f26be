/** A runtime whose batches stand still until the test settles them: every schedule can be played. */
export interface PuppetBatch {
  readonly inputs: readonly number[];
  /** Answers every input with its tenfold. */
  succeed(): Promise<void>;
  fail(error?: Error): Promise<void>;
  answer(outputs: number[]): Promise<void>;
}

export interface PuppetRun {
  run(batch: number[]): Promise<number[]>;
  readonly batches: PuppetBatch[];
  /** The n-th batch, once it has been started. */
  batch(index: number): Promise<PuppetBatch>;
}

export function createPuppetRun(): PuppetRun {
  const batches: PuppetBatch[] = [];
  return {
    batches,
    run: (inputs) =>
      new Promise<number[]>((resolve, reject) => {
        batches.push({
          inputs: [...inputs],
          succeed: async () => {
            resolve(inputs.map((value) => value * 10));
            await turn();
          },
          fail: async (error = new Error('the puppet fell')) => {
            reject(error);
            await turn();
          },
          answer: async (outputs) => {
            resolve(outputs);
            await turn();
          },
        });
      }),
    batch: async (index) => {
      for (let timeouts = 0; timeouts < 50 && batches.length <= index; timeouts += 1) await turn();
      const batch = batches[index];
      if (!batch) throw new Error(`batch ${index} was never started; ${batches.length} were`);
      return batch;
    },
  };
}

/** Lets everything that is ready happen: two turns of the event loop. */
export async function turn(): Promise<void> {
  for (let i = 0; i < 2; i += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** How a promise ended, without throwing; for asserting on several at once. */
export async function outcome<T>(promise: Promise<T>): Promise<T | { code: string }> {
  try {
    return await promise;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return { code };
  }
}
