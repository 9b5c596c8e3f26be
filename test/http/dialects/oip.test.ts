import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyDraft, tinyPixels, tinyPng, tinyScores } from '../../support/tiny-version.ts';
import { tinyLogits } from '../../support/tiny-onnx.ts';
import { closeServers, openServer, type TestServer } from '../../support/server.ts';
import { bytesTensor, callOip, halves, inferBinary, inferJson } from './oip-calls.ts';

let server: TestServer;
beforeAll(async () => {
  const versions = [await tinyDraft(), await tinyDraft({ shift: 2, label: 'candidate' })];
  server = await openServer({ versions });
  await server.repository.setLabel({ model: 'digits', label: 'production', version: 1 });
  await server.registry.refresh('digits');
});
afterAll(closeServers);

const call = (path: string, init?: Parameters<typeof fetch>[1]) => callOip(server.url, path, init);
const infer = (request: object, path = 'digits') => inferJson(server.url, path, request);
/** How often the model has run. */
async function runs(): Promise<string | undefined> {
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  return /^glimpse_batch_size_count\{[^}]*model="digits"[^}]*\} (\d+)$/m.exec(metrics)?.[1];
}
const scaled = (name: keyof typeof tinyPixels) => tinyPixels[name].map((pixel) => pixel / 255);
const near = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 5));

const floats = (values: readonly number[]) => Buffer.from(Float32Array.from(values).buffer);
const input = (datatype: string, shape: number[]) => ({ name: 'image', datatype, shape });

/** The pixels of two images, left and bright. */
const pixels = {
  name: 'pixels',
  datatype: 'UINT8',
  shape: [2, 4],
  data: [...tinyPixels.left, ...tinyPixels.bright],
};

describe('OIP: infer', () => {
  it('gives what the model gives, for each example, and the id back', async () => {
    expect(await infer({ id: 'a-7', inputs: [pixels] })).toMatchObject({
      status: 200,
      json: {
        model_name: 'digits',
        model_version: '1',
        id: 'a-7',
        outputs: [
          {
            name: 'logits',
            datatype: 'FP32',
            shape: [2, 3],
            data: near([...tinyLogits(scaled('left')), ...tinyLogits(scaled('bright'))]),
          },
        ],
      },
    });
    expect((await infer({ inputs: [pixels] })).json).not.toHaveProperty('id');
  });

  it.each([
    ['digits/versions/2', '2', 2],
    ['digits/versions/candidate', '2', 2],
    ['digits/versions/production', '1', 0],
  ])('asks the version of %s', async (path, version, shift) => {
    const { json } = await infer({ inputs: [pixels], outputs: [{ name: 'logits' }] }, path);
    expect(json).toMatchObject({
      model_version: version,
      outputs: [
        {
          data: near([
            ...tinyLogits(scaled('left'), shift),
            ...tinyLogits(scaled('bright'), shift),
          ]),
        },
      ],
    });
  });

  it('gives probabilities, classes and scores to who asks for them, in that order', async () => {
    const outputs = ['score', 'label', 'probabilities'].map((name) => ({ name }));
    const [left, bright] = [tinyScores('left'), tinyScores('bright')];
    expect((await infer({ inputs: [pixels], outputs })).json).toMatchObject({
      outputs: [
        { name: 'score', shape: [2], data: near([Math.max(...left), Math.max(...bright)]) },
        { name: 'label', shape: [2], datatype: 'BYTES', data: ['left', 'bright'] },
        { name: 'probabilities', shape: [2, 3], data: near([...left, ...bright]) },
      ],
    });
  });

  it('refuses an output that the model does not have before it runs', async () => {
    await infer({ inputs: [pixels] });
    const before = await runs();
    expect(Number(before)).toBeGreaterThan(0);
    const outputs = [{ name: 'label' }, { name: 'features' }];
    expect(await infer({ inputs: [pixels], outputs })).toMatchObject({
      status: 400,
      json: {
        error: expect.stringContaining(
          'no output "features"; there are logits, probabilities, label, score.',
        ),
      },
    });
    expect(await runs()).toBe(before);
  });

  it('names the best classes as the classification extension does', async () => {
    const outputs = [{ name: 'probabilities', parameters: { classification: 2 } }];
    const { json } = await infer({
      inputs: [{ ...pixels, shape: [1, 4], data: tinyPixels.left }],
      outputs,
    });
    const [dark, left, bright] = tinyScores('left');
    const [second, at, name] = dark! > bright! ? [dark, 0, 'dark'] : [bright, 2, 'bright'];
    expect(json).toMatchObject({
      outputs: [
        {
          shape: [1, 2],
          datatype: 'BYTES',
          data: [`${left!.toFixed(6)}:1:left`, `${second!.toFixed(6)}:${at}:${name}`],
        },
      ],
    });
  });

  it('feeds the model the very numbers of a tensor of its own name, of any datatype', async () => {
    const values = [0, 1, 0, 1];
    const expected = near(tinyLogits(values));
    for (const datatype of ['FP32', 'FP64', 'INT8', 'UINT8', 'INT64', 'UINT64', 'BOOL', 'UINT16']) {
      const input = {
        name: 'image',
        datatype,
        shape: [1, 1, 2, 2],
        data: [
          [
            [
              [0, 1],
              [0, 1],
            ],
          ],
        ],
      };
      expect((await infer({ inputs: [input] })).json).toMatchObject({
        outputs: [{ data: expected }],
      });
    }
    const half = { name: 'image', datatype: 'FP32', shape: [1, 2, 2], data: [-0.5, 0.25, 3, -7] };
    expect((await infer({ inputs: [half] })).json).toMatchObject({
      outputs: [{ data: near(tinyLogits(half.data)) }],
    });
  });

  it('takes pixels in every shape of an image, and of every datatype', async () => {
    const expected = near(tinyLogits(scaled('left')));
    const { left } = tinyPixels;
    for (const shape of [
      [1, 2, 2],
      [1, 1, 2, 2],
      [1, 2, 2, 1],
      [1, 4],
    ]) {
      for (const datatype of ['UINT8', 'FP32', 'INT32']) {
        const input = { name: 'pixels', datatype, shape, data: left };
        expect((await infer({ inputs: [input] })).json).toMatchObject({
          outputs: [{ data: expected }],
        });
      }
    }
  });

  it('takes encoded files of BYTES, as base64 and as data URLs', async () => {
    const png = (await tinyPng('left')).toString('base64');
    const data = [png, `data:image/png;base64,${png}`];
    const input = { name: 'image', datatype: 'BYTES', shape: [2, 1], data };
    const outputs = [{ name: 'label' }];
    expect((await infer({ inputs: [input], outputs })).json).toMatchObject({
      outputs: [{ data: ['left', 'left'] }],
    });
  });

  it('heeds the parameters of a request: a deadline in microseconds, and the priority', async () => {
    const body = JSON.stringify({ inputs: [pixels], parameters: { timeout: 1 } });
    const slowly = new ReadableStream({
      async start(controller) {
        controller.enqueue(Buffer.from(body.slice(0, 9)));
        await delay(20);
        controller.enqueue(Buffer.from(body.slice(9)));
        controller.close();
      },
    });
    const late = await call('/models/digits/infer', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: slowly,
      duplex: 'half',
    });
    expect(late).toMatchObject({ status: 504, json: { error: expect.stringContaining('1 ms') } });
    const bulk = await infer({
      inputs: [pixels],
      parameters: { priority: 2, timeout: 60_000_000 },
    });
    expect(bulk.status).toBe(200);
  });

  it('has a prediction id, digests and server-timing as POST /predict has', async () => {
    const { headers } = await infer({ inputs: [pixels] });
    expect(headers.get('glimpse-prediction-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.get('glimpse-batch')).toContain('items=2');
    expect(headers.get('server-timing')).toMatch(/receive;dur=.*infer;dur=/);
  });
});

describe('OIP: tensors as bytes', () => {
  it('takes a tensor behind the JSON, and sends outputs behind theirs', async () => {
    const bytes = floats([...scaled('left'), ...scaled('bright')]);
    const outputs = [
      { name: 'logits', parameters: { binary_data: true } },
      { name: 'label', parameters: { binary_data: true } },
      { name: 'score' },
    ];
    const answer = await inferBinary(
      server.url,
      'digits',
      { ...input('FP32', [2, 1, 2, 2]), bytes },
      { outputs },
    );
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/octet-stream');
    expect(answer.json.outputs).toMatchObject([
      { name: 'logits', parameters: { binary_data_size: 24 } },
      { name: 'label', parameters: { binary_data_size: 4 + 4 + 4 + 6 } },
      {
        name: 'score',
        data: near([Math.max(...tinyScores('left')), Math.max(...tinyScores('bright'))]),
      },
    ]);
    const [logits, labels] = answer.tensors;
    expect([...new Float32Array(Uint8Array.from(logits!).buffer)]).toEqual(
      near([...tinyLogits(scaled('left')), ...tinyLogits(scaled('bright'))]),
    );
    expect(labels).toEqual(bytesTensor(['left', 'bright'].map((text) => Buffer.from(text))));
  });

  it.each([
    ['FP16', halves([0, 1, 0.5, -2])],
    ['FP64', Buffer.from(Float64Array.of(0, 1, 0.5, -2).buffer)],
    ['FP32', floats([0, 1, 0.5, -2])],
  ])('reads numbers of %s', async (datatype, bytes) => {
    const answer = await inferBinary(server.url, 'digits', { ...input(datatype, [1, 4]), bytes });
    expect(answer.json.outputs).toMatchObject([{ data: near(tinyLogits([0, 1, 0.5, -2])) }]);
  });

  it.each([
    ['INT8', Buffer.from(Int8Array.of(-1, 2, -3, 4).buffer)],
    ['INT16', Buffer.from(Int16Array.of(-1, 2, -3, 4).buffer)],
    ['INT32', Buffer.from(Int32Array.of(-1, 2, -3, 4).buffer)],
    ['INT64', Buffer.from(BigInt64Array.of(-1n, 2n, -3n, 4n).buffer)],
  ])('reads whole numbers of %s', async (datatype, bytes) => {
    const answer = await inferBinary(server.url, 'digits', { ...input(datatype, [1, 4]), bytes });
    expect(answer.json.outputs).toMatchObject([{ data: near(tinyLogits([-1, 2, -3, 4])) }]);
  });

  it.each([
    ['BOOL', Buffer.of(0, 1, 1, 0)],
    ['UINT8', Buffer.of(0, 1, 1, 0)],
    ['UINT16', Buffer.from(Uint16Array.of(0, 1, 1, 0).buffer)],
    ['UINT32', Buffer.from(Uint32Array.of(0, 1, 1, 0).buffer)],
    ['UINT64', Buffer.from(BigUint64Array.of(0n, 1n, 1n, 0n).buffer)],
  ])('reads numbers without a sign of %s', async (datatype, bytes) => {
    const answer = await inferBinary(server.url, 'digits', { ...input(datatype, [1, 4]), bytes });
    expect(answer.json.outputs).toMatchObject([{ data: near(tinyLogits([0, 1, 1, 0])) }]);
  });

  it('reads pixels and files as bytes', async () => {
    const bytes = Buffer.from([...tinyPixels.left, ...tinyPixels.dark]);
    const outputs = [{ name: 'label' }];
    const dark = { name: 'pixels', datatype: 'UINT8', shape: [2, 2, 2], bytes };
    expect((await inferBinary(server.url, 'digits', dark, { outputs })).json.outputs).toMatchObject(
      [{ data: ['left', 'dark'] }],
    );
    const files = bytesTensor([await tinyPng('bright'), await tinyPng('left')]);
    const image = { ...input('BYTES', [2]), bytes: files };
    expect(
      (await inferBinary(server.url, 'digits', image, { outputs })).json.outputs,
    ).toMatchObject([{ data: ['bright', 'left'] }]);
  });

  it('sends all outputs as bytes to who asks for that, but for those that say otherwise', async () => {
    const outputs = [{ name: 'logits' }, { name: 'label', parameters: { binary_data: false } }];
    const parameters = { binary_data_output: true };
    const { json, tensors } = await inferBinary(
      server.url,
      'digits',
      { ...input('FP32', [1, 4]), bytes: floats(scaled('left')) },
      { outputs, parameters },
    );
    expect(json.outputs).toMatchObject([{ name: 'logits' }, { name: 'label', data: ['left'] }]);
    expect(tensors).toHaveLength(1);
  });

  it('takes the tensor itself where no byte is JSON, and answers with bytes', async () => {
    for (const body of [
      floats(scaled('left')),
      await tinyPng('left'),
      bytesTensor([await tinyPng('left')]),
    ]) {
      const answer = await callOip(server.url, '/models/digits/infer', {
        method: 'POST',
        body: new Uint8Array(body),
        headers: { 'inference-header-content-length': '0' },
      });
      expect(answer.status).toBe(200);
      expect(answer.json.outputs).toMatchObject([
        { name: 'logits', shape: [1, 3], parameters: { binary_data_size: 12 } },
      ]);
      const numbers = new Float32Array(Uint8Array.from(answer.tensors[0]!).buffer);
      expect([...numbers]).toEqual(near(tinyLogits(scaled('left'))));
    }
  });

  it('takes an image file with no word about it, as curl --data-binary sends it', async () => {
    const answer = await callOip(server.url, '/models/digits/infer', {
      method: 'POST',
      body: new Uint8Array(await tinyPng('bright')),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(answer).toMatchObject({
      status: 200,
      json: { outputs: [{ data: near(tinyLogits(scaled('bright'))) }] },
    });
  });

  it('takes the length of the JSON from the type that SageMaker lets through', async () => {
    const bytes = floats(scaled('left'));
    const tensor = { ...input('FP32', [1, 4]), parameters: { binary_data_size: bytes.length } };
    const json = Buffer.from(JSON.stringify({ inputs: [tensor] }));
    const type = `application/vnd.sagemaker-triton.binary+json;json-header-size=${json.length}`;
    const answer = await callOip(server.url, '/models/digits/infer', {
      method: 'POST',
      body: new Uint8Array(Buffer.concat([json, bytes])),
      headers: { 'content-type': type },
    });
    expect(answer.status).toBe(200);
  });

  it.each(['FP32', 'FP64', 'UINT16'])(
    'reads numbers of %s wherever in the body they begin, in one piece or in many',
    async (datatype) => {
      const pieces = { FP32: Float32Array, FP64: Float64Array, UINT16: Uint16Array };
      const Numbers = pieces[datatype as keyof typeof pieces];
      const values = datatype === 'UINT16' ? [1, 0, 2, 3] : scaled('left');
      const bytes = Buffer.from(Numbers.from(values).buffer);
      const parameters = { binary_data_size: bytes.length };
      const described = JSON.stringify({ inputs: [{ ...input(datatype, [1, 4]), parameters }] });
      for (const least of [described.length, 100_000]) {
        for (let more = 0; more < 8; more += 1) {
          // Blanks move the numbers on, and make some bodies too large for one piece.
          const json = Buffer.from(described.padEnd(least + more));
          const answer = await callOip(server.url, '/models/digits/infer', {
            method: 'POST',
            body: new Uint8Array(Buffer.concat([json, bytes])),
            headers: { 'inference-header-content-length': String(json.length) },
          });
          expect(answer).toMatchObject({
            status: 200,
            json: { outputs: [{ data: near(tinyLogits(values)) }] },
          });
        }
      }
    },
  );

  it('refuses a small body whose lists are too deep before it is parsed, as a large one', async () => {
    for (const padding of [0, 300_000]) {
      const nested = `${'['.repeat(50)}${']'.repeat(50)}`;
      const { status, headers } = await callOip(server.url, '/models/digits/infer', {
        method: 'POST',
        body: `{"inputs": ${nested}}`.padEnd(padding),
        headers: { 'content-type': 'application/json' },
      });
      expect(status).toBe(413);
      expect(headers.get('glimpse-error-code')).toBe('GLIMPSE_JSON_TOO_COMPLEX');
    }
  });

  it('reads a large body on its thread, and answers it as it answers others', async () => {
    const data = Array.from({ length: 250 }, () => tinyPixels.left);
    // Blanks are what makes it large.
    const body = JSON.stringify({ inputs: [{ ...pixels, shape: [250, 4], data }] }).padEnd(300_000);
    const { status, json } = await callOip(server.url, '/models/digits/infer', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    });
    expect(status).toBe(200);
    expect(json.outputs[0].shape).toEqual([250, 3]);
    expect(json.outputs[0].data.slice(-3)).toEqual(near(tinyLogits(scaled('left'))));
  });
});
