import descriptors from 'protobufjs/ext/descriptor.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyDraft, tinyPixels, tinyPng, tinyScores } from '../../support/tiny-version.ts';
import { tinyLogits } from '../../support/tiny-onnx.ts';
import { closeServers, openServer, type TestServer } from '../../support/server.ts';
import {
  freePort,
  grpcClient,
  inference,
  services,
  type Answer,
  type AskOptions,
} from './grpc-client.ts';

let server: TestServer;
let one: ReturnType<typeof grpcClient>;
beforeAll(async () => {
  const port = await freePort();
  const candidate = await tinyDraft({ shift: 2, label: 'candidate' });
  const unsure = { minScore: 1 };
  const versions = [await tinyDraft(), { ...candidate, gate: unsure }];
  server = await openServer({
    versions,
    env: { GLIMPSE_GRPC_PORT: String(port), GLIMPSE_HOST: '127.0.0.1' },
  });
  await server.repository.setLabel({ model: 'digits', label: 'production', version: 1 });
  await server.registry.refresh('digits');
  await server.listenForGrpc();
  one = grpcClient(port);
});
afterAll(async () => {
  one.close();
  await closeServers();
});

const ask = (method: string, message?: object, options?: AskOptions) =>
  one.ask(method, message, options);

const scaled = (name: keyof typeof tinyPixels) => tinyPixels[name].map((pixel) => pixel / 255);
const near = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 5));
const bytes = (values: readonly number[]) => Buffer.from(Float32Array.from(values).buffer);
const floats = (raw: Buffer) => [...new Float32Array(Uint8Array.from(raw).buffer)];
const input = { name: 'image', datatype: 'FP32', shape: [1, 1, 2, 2] };
const typed = {
  model_name: 'digits',
  inputs: [{ ...input, contents: { fp32_contents: scaled('left') } }],
};

describe('gRPC: what the server and its models are', () => {
  it('is live and ready, and tells its name and extensions', async () => {
    expect((await ask('ServerLive')).answer).toEqual({ live: true });
    expect((await ask('ServerReady')).answer).toEqual({ ready: true });
    expect((await ask('ModelReady', { name: 'digits' })).answer).toEqual({ ready: true });
    expect((await ask('ServerMetadata')).answer).toMatchObject({
      name: 'glimpse',
      extensions: expect.arrayContaining(['statistics']),
    });
  });

  it('describes a model, a version of it and a label, and configures clients', async () => {
    for (const version of ['', '2', 'candidate']) {
      expect((await ask('ModelMetadata', { name: 'digits', version })).answer).toEqual({
        name: 'digits',
        versions: ['1', '2'],
        platform: 'onnx_onnxv1',
        inputs: [{ name: 'image', datatype: 'FP32', shape: [-1, 1, 2, 2] }],
        outputs: [{ name: 'logits', datatype: 'FP32', shape: [-1, 3] }],
      });
    }
    expect((await ask('ModelConfig', { name: 'digits' })).answer).toMatchObject({
      config: {
        max_batch_size: 256,
        input: [{ name: 'image', data_type: 'TYPE_FP32', dims: [1, 2, 2] }],
        output: [{ name: 'logits', data_type: 'TYPE_FP32', dims: [3] }],
      },
    });
  });

  it('lists the repository, loads from it, and counts what it did', async () => {
    expect((await ask('RepositoryIndex')).answer.models).toMatchObject([
      { name: 'digits', version: '1', state: 'READY' },
      { name: 'digits', version: '2', state: 'READY' },
    ]);
    expect((await ask('RepositoryModelLoad', { model_name: 'digits' })).error).toBeUndefined();
    await ask('ModelInfer', typed);
    const { answer } = await ask('ModelStatistics', { name: 'digits' });
    expect(answer.model_stats.map((one: Answer) => one.version)).toEqual(['1', '2']);
    expect((await ask('ModelStatistics')).answer.model_stats).toHaveLength(2);
  });

  it('answers health checks of load balancers', async () => {
    const service = 'grpc.health.v1.Health';
    for (const name of ['', inference]) {
      expect((await ask('Check', { service: name }, { service })).answer).toEqual({
        status: 'SERVING',
      });
    }
    expect((await ask('Check', { service: 'x.Y' }, { service })).error).toMatchObject({ code: 5 });
  });

  it.each(['grpc.reflection.v1', 'grpc.reflection.v1alpha'])('reflects over %s', async (name) => {
    const { path, requestSerialize, responseDeserialize } = services.get(
      `${name}.ServerReflection`,
    )!['ServerReflectionInfo']!;
    const stream = one.client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    stream.write({ list_services: '' });
    stream.write({ file_containing_symbol: `${inference}.ModelInfer` });
    stream.write({ file_containing_symbol: 'x.Y' });
    stream.end();
    const answers: Answer[] = await stream.toArray();
    expect(answers[0].list_services_response.service).toContainEqual({ name: inference });
    const [file] = answers[1].file_descriptor_response.file_descriptor_proto;
    expect(file.toString('latin1')).toContain('raw_input_contents');
    // Go's clients refuse a map whose type is not called as protoc calls it.
    const { messageType } = descriptors.FileDescriptorProto.decode(file);
    const request = messageType.find(({ name: one }: Answer) => one === 'ModelInferRequest');
    const [map] = request.field.filter(({ name: one }: Answer) => one === 'parameters');
    expect(map.typeName).toBe('ParametersEntry');
    expect(request.nestedType.map(({ name: one }: Answer) => one)).toContain('ParametersEntry');
    const [tensor] = request.nestedType.filter(
      ({ name: one }: Answer) => one === 'InferInputTensor',
    );
    expect(tensor.nestedType).toMatchObject([{ name: 'ParametersEntry' }]);
    expect(answers[2].error_response.error_code).toBe(5);
  });
});

describe('gRPC: ModelInfer', () => {
  it('answers typed contents with typed contents, and raw ones with raw ones', async () => {
    const expected = near(tinyLogits(scaled('left')));
    const outputs = [{ name: 'logits' }, { name: 'label' }];
    const { answer } = await ask('ModelInfer', { ...typed, id: 'a', outputs });
    expect(answer).toMatchObject({
      model_name: 'digits',
      id: 'a',
      outputs: [
        { name: 'logits', datatype: 'FP32', shape: [1, 3], contents: { fp32_contents: expected } },
        { name: 'label', datatype: 'BYTES', contents: { bytes_contents: [Buffer.from('left')] } },
      ],
    });
    const two = { ...input, shape: [2, 1, 2, 2] };
    const raw = [bytes([...scaled('left'), ...scaled('bright')])];
    const second = await ask('ModelInfer', {
      model_name: 'digits',
      model_version: 'candidate',
      inputs: [two],
      raw_input_contents: raw,
    });
    expect(second.answer).toMatchObject({ model_version: '2', outputs: [{ shape: [2, 3] }] });
    expect(floats(second.answer.raw_output_contents[0])).toEqual(
      near([...tinyLogits(scaled('left'), 2), ...tinyLogits(scaled('bright'), 2)]),
    );
    expect(second.trailers.get('glimpse-prediction-id')).toHaveLength(1);
    const warnings = 'uncertain="0-1"';
    expect(second.trailers.get('glimpse-warnings')).toEqual([warnings]);
    expect(second.answer.parameters).toEqual({ glimpse_warnings: { string_param: warnings } });
  });

  it('takes raw contents beside an empty message of typed ones, as MLServer sends them', async () => {
    const { answer } = await ask('ModelInfer', {
      model_name: 'digits',
      inputs: [{ ...input, contents: {} }],
      raw_input_contents: [bytes(scaled('left'))],
    });
    expect(floats(answer.raw_output_contents[0])).toEqual(near(tinyLogits(scaled('left'))));
  });

  it.each([
    ['UINT8', 'uint_contents', [0, 1, 0, 1]],
    ['UINT64', 'uint64_contents', [0, 1, 0, 1]],
    ['INT64', 'int64_contents', [0, -1, 0, 1]],
    ['INT16', 'int_contents', [0, -1, 0, 1]],
    ['BOOL', 'bool_contents', [false, true, false, true]],
    ['FP64', 'fp64_contents', [0, 0.5, 0, 1]],
  ])('takes contents of %s', async (datatype, field, values) => {
    const { answer } = await ask('ModelInfer', {
      model_name: 'digits',
      inputs: [{ ...input, datatype, contents: { [field]: values } }],
    });
    expect(answer.outputs[0].contents.fp32_contents).toEqual(near(tinyLogits(values.map(Number))));
  });

  it('takes files, and answers classes by the parameters of an output', async () => {
    const { answer } = await ask('ModelInfer', {
      model_name: 'digits',
      inputs: [
        {
          name: 'image',
          datatype: 'BYTES',
          shape: [1],
          contents: { bytes_contents: [await tinyPng('bright')] },
        },
      ],
      outputs: [{ name: 'probabilities', parameters: { classification: { int64_param: 1 } } }],
    });
    const [, , bright] = tinyScores('bright');
    expect(answer.outputs[0].contents.bytes_contents.map(String)).toEqual([
      `${bright!.toFixed(6)}:2:bright`,
    ]);
  });

  it('answers a stream message by message, and goes on after one that is wrong', async () => {
    const { path, requestSerialize, responseDeserialize } =
      services.get(inference)!['ModelStreamInfer']!;
    const stream = one.client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    stream.write({ ...typed, id: '1' });
    stream.write({ ...typed, model_name: 'letters' });
    stream.write({ ...typed, id: '3' });
    stream.end();
    expect(await stream.toArray()).toMatchObject([
      { infer_response: { id: '1' } },
      { error_message: 'There is no model "letters".' },
      { infer_response: { id: '3' } },
    ]);
  });

  it.each<[string, object, number, string]>([
    ['a model that there is not', { ...typed, model_name: 'letters' }, 5, 'no model "letters"'],
    ['no name', { ...typed, model_name: '' }, 3, 'name of a model'],
    ['a label that there is not', { ...typed, model_version: 'nightly' }, 5, 'no label'],
    ['no input', { model_name: 'digits' }, 3, '0 inputs'],
    [
      'two raw tensors for one input',
      { ...typed, raw_input_contents: [bytes([1]), bytes([1])] },
      3,
      '2 tensors',
    ],
    [
      'both kinds of contents',
      { ...typed, raw_input_contents: [bytes([1])] },
      3,
      'contents and raw',
    ],
    [
      'a shape that lies',
      { model_name: 'digits', inputs: [input], raw_input_contents: [bytes([1])] },
      3,
      '4 bytes',
    ],
    [
      'a negative shape',
      {
        model_name: 'digits',
        inputs: [{ ...input, shape: [-1, 4] }],
        raw_input_contents: [bytes([1])],
      },
      3,
      '"shape"',
    ],
    [
      'a byte of 300',
      {
        model_name: 'digits',
        inputs: [{ ...input, datatype: 'UINT8', contents: { uint_contents: [300, 0, 0, 0] } }],
      },
      3,
      '300 is no UINT8',
    ],
    [
      'contents of FP16',
      { model_name: 'digits', inputs: [{ ...input, datatype: 'FP16', contents: {} }] },
      3,
      'FP16',
    ],
    ['an unknown output', { ...typed, outputs: [{ name: 'y' }] }, 3, 'no output "y"'],
  ])('refuses %s', async (_, message, code, details) => {
    const { error } = await ask('ModelInfer', message);
    expect(error).toMatchObject({ code, details: expect.stringContaining(details) });
    if (code === 5) expect(error!.metadata.get('glimpse-error-code')).toHaveLength(1);
  });

  it('holds the deadline of its caller, and logs and counts calls as requests', async () => {
    const late = await ask('ModelInfer', typed, { deadlineMs: -1 });
    expect(late.error).toMatchObject({ code: 4 });
    const lines = server.lines.filter(({ route }) => route === '/v2/models/:model/infer');
    expect(lines.length).toBeGreaterThan(3);
    expect(lines[0]).toMatchObject({ method: 'POST', status: 200 });
  });
});
