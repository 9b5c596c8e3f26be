import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';

interface Job {
  readonly state: string;
  readonly version?: number;
  readonly error?: { readonly message: string };
}

/** Asks the server; throws with what it says where it does not do it. */
export async function ask(url: string, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return response;
}

/** Trains on a dataset that Spark has written, and tells the version. */
export async function train(url: string, folder: string): Promise<number> {
  const shape = { width: 32, height: 32, channels: 3 };
  const request = {
    model: 'shapes',
    dataset: { uri: `file:${folder}`, shape },
    architecture: 'cnn',
    epochs: 6,
    preprocessing: { resize: { mode: 'contain' } },
  };
  const headers = { 'content-type': 'application/json', prefer: 'wait=200' };
  const response = await ask(`${url}/train`, {
    method: 'POST',
    headers,
    body: JSON.stringify(request),
  });
  const { id } = (await response.json()) as { id: string };
  for (;;) {
    const job = (await (await ask(`${url}/train/${id}`)).json()) as Job;
    if (job.state === 'succeeded') return job.version!;
    if (job.state !== 'queued' && job.state !== 'running')
      throw new Error(JSON.stringify(job.error));
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

interface Answer {
  readonly label: string;
  readonly scores: readonly number[];
}

/** What the server says of files, by their names. */
export async function predict(
  url: string,
  version: number,
  files: readonly string[],
): Promise<Map<string, Answer>> {
  const answers = new Map<string, Answer>();
  for (let start = 0; start < files.length; start += 100) {
    const form = new FormData();
    const part = files.slice(start, start + 100);
    for (const file of part) form.append('image', new Blob([await readFile(file)]), basename(file));
    const address = `${url}/models/shapes/versions/${version}/predict?topK=3`;
    const body = (await (await ask(address, { method: 'POST', body: form })).json()) as {
      predictions: { label: string; top: { label: string; score: number }[] }[];
    };
    for (const [index, { label, top }] of body.predictions.entries()) {
      const sorted = top.toSorted((a, b) => (a.label < b.label ? -1 : 1));
      answers.set(basename(part[index]!), { label, scores: sorted.map(({ score }) => score) });
    }
  }
  return answers;
}
