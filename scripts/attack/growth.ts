import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ownServerOf, type Attack } from './attack.ts';
import {
  countStatuses,
  json,
  metricsText,
  pause,
  send,
  withHeaders,
  type Call,
  type Response,
} from './wire.ts';

/** Sends calls sixteen at a time. */
async function sendAll(url: string, calls: readonly Call[]): Promise<Response[]> {
  const responses: Response[] = [];
  for (let at = 0; at < calls.length; at += 16) {
    const some = calls.slice(at, at + 16);
    responses.push(...(await Promise.all(some.map((call) => send(url, call)))));
  }
  return responses;
}

const times = <Value>(count: number, make: (at: number) => Value): Value[] =>
  Array.from({ length: count }, (_, at) => make(at));

const lineCount = (text: string): number => text.split('\n').length;

const inventedNames: Attack = {
  name: '400 invented names of models, versions, routes and methods',
  group: 'growth',
  async run({ url, callers }) {
    const first = await inventNames(url, callers.admin, 'first');
    // A scrape has series of its own, from the second one on.
    await metricsText(url);
    const before = lineCount(await metricsText(url));
    const responses = await inventNames(url, callers.admin, 'second');
    const after = lineCount(await metricsText(url));
    return {
      // What the server is asked in new ways has series of its own, what it is asked by new names has none.
      held: after - before <= 5,
      figures: `/metrics had ${before} lines after ${first.length}, and ${after} after as many again; ${countStatuses(responses)}`,
    };
  },
};

function inventNames(url: string, key: string, word: string): Promise<Response[]> {
  const headers = { 'x-api-key': key };
  const image = json({ instances: [Array(784).fill(0)] });
  const predict = (path: string): Call => withHeaders({ method: 'POST', path, ...image }, headers);
  return sendAll(url, [
    ...times(100, (at) => predict(`/models/${word}-${at}/predict`)),
    ...times(50, (at) => predict(`/models/digits/versions/${at + word.length * 1_000}/predict`)),
    ...times(50, (at) => predict(`/models/digits/labels/${word}-${at}/predict`)),
    ...times(100, (at) => ({ path: `/${word}/${at}`, headers })),
    ...times(50, (at) => ({ path: `/models/${word}-${at}`, headers })),
    ...['PROPFIND', 'SEARCH', 'LINK', 'PURGE', 'TRACE'].flatMap((method) =>
      times(10, (at) => ({ method, path: `/models?${word}=${at}`, headers })),
    ),
  ]);
}

const logFlood: Attack = {
  name: '5,000 refused requests, and 500 deadlines of clients: log lines',
  group: 'growth',
  isLoad: true,
  async run(context) {
    const own = ownServerOf(context);
    const { url, callers } = context;
    const before = { ...own.log() };
    const image = json({ instances: [Array(784).fill(0)] });
    await sendAll(
      url,
      times(5_000, (at) => ({ path: `/nothing/${'x'.repeat(500)}${at}` })),
    );
    await sendAll(
      url,
      times(500, () => ({
        method: 'POST',
        path: '/predict',
        ...image,
        headers: { ...image.headers, 'x-api-key': callers.predict, 'x-request-timeout-ms': '1' },
      })),
    );
    const lines = own.log().lines - before.lines;
    const stacks = own.log().tail.filter((line) => line.includes('"stack"')).length;
    // Answers that are no refusals have their lines: those of the quick ones of the 500, and of other callers.
    return {
      held: lines < 2_500 && stacks === 0,
      figures: `${lines} lines, ${stacks} stacks, ${Math.round((own.log().bytes - before.bytes) / 1024)} KiB`,
    };
  },
};

const labelFlood: Attack = {
  name: '1,000 labels of a model, with long names',
  group: 'growth',
  async run(context) {
    const { url, callers } = context;
    const headers = { 'x-api-key': callers.admin };
    const body = json({ version: 1 });
    const responses = await sendAll(
      url,
      times(1_000, (at) => ({
        method: 'PUT',
        path: `/models/digits/labels/${`label-${at}-`.padEnd(64, 'x')}`,
        ...body,
        headers: { ...headers, ...body.headers },
      })),
    );
    const tooLong = await send(url, {
      method: 'PUT',
      path: `/models/digits/labels/${'x'.repeat(5_000)}`,
      ...body,
      headers: { ...headers, ...body.headers },
    });
    await pause(2_500);
    const image = json({ instances: [Array(784).fill(0)] });
    const predicted = await send(url, {
      method: 'POST',
      path: '/predict',
      ...image,
      headers: { ...headers, ...image.headers },
    });
    const file =
      context.own && (await readFile(join(context.own.folder, 'models/digits/labels.json')));
    const taken = responses.filter(({ status }) => status < 300).length;
    return {
      held: taken <= 100 && tooLong.status >= 400 && predicted.status === 200,
      figures: `${countStatuses(responses)}, ${file?.length ?? '?'} bytes of labels.json, then a prediction: ${predicted.status}`,
    };
  },
};

export const growthAttacks: readonly Attack[] = [inventedNames, labelFlood, logFlood];
