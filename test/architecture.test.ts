import { describe, expect, it } from 'vitest';
import {
  circlesOf,
  folderOf,
  graphOf,
  importsOf,
  isOurs,
  roomOf,
  sources,
  textOf,
  type Import,
} from './support/house.ts';

/** The staircase: what each room may import besides itself. `floor0` is the file rooms at the bottom. */
const floor0 = [
  'base64',
  'disk-errors',
  'errors',
  'signature',
  'preprocessing',
  'tensor',
  'random',
  'entry',
  'json',
  'nearest',
  'schema',
  'stopwatch',
  'cancellation',
  'concurrency',
  'threads',
  'account',
  'fair-queue',
  'worker-pool',
];
const floor1 = [
  'repository',
  'runtime',
  'batching',
  'image',
  'neural',
  'metrics',
  'access',
  'admission',
  'processes',
  'tracing',
];
const staircase: Record<string, string[]> = {
  http: [
    'access',
    'admission',
    'serving',
    'evidence',
    'jobs',
    'registry',
    'training',
    'datasets',
    'exporting',
    'metrics',
    'tracing',
    ...floor0,
  ],
  serving: ['registry', 'evidence', 'image', ...floor0],
  jobs: ['training', 'datasets', 'repository', ...floor0],
  registry: ['loading', 'repository', 'runtime', 'batching', ...floor0],
  training: [
    'datasets',
    'evidence',
    'loading',
    'repository',
    'image',
    'runtime',
    'neural',
    ...floor0,
  ],
  datasets: ['repository', 'image', ...floor0],
  evidence: ['repository', 'image', ...floor0],
  loading: ['repository', 'runtime', ...floor0],
  converting: ['neural', ...floor0],
  exporting: ['repository', 'runtime', 'neural', ...floor0],
  explaining: ['repository', 'runtime', 'neural', ...floor0],
  ...Object.fromEntries(floor1.map((room) => [room, floor0])),
  ...Object.fromEntries(floor0.map((room) => [room, floor0])),
  config: ['schema'],
  // It runs in browsers, too, where nothing else of the house does.
  client: [],
};
/** Floor 6 may import anything: it is where the house is put together. */
const topFloor = [
  'main',
  'cli',
  'publishing',
  'compose',
  'lambda',
  'package',
  'trainer-process',
  'healthcheck',
  'library',
];

/** One room (or file) for each heavy dependency. */
const homes: Record<string, (file: string) => boolean> = {
  fastify: (file) =>
    file.startsWith('http/') || ['library/fastify.ts', 'library/log-through.ts'].includes(file),
  '@fastify/': (file) => file.startsWith('http/') || file === 'errors.ts',
  sharp: (file) => file.startsWith('image/'),
  '@aws-sdk/': (file) =>
    file.startsWith('repository/stores/s3/') || file.startsWith('jobs/aws-batch/'),
  '@smithy/': (file) => file.startsWith('repository/stores/s3/'),
  'onnxruntime-node': (file) => file.startsWith('runtime/'),
  '@tensorflow/': (file) => file.startsWith('runtime/'),
  'prom-client': (file) => file.startsWith('metrics/'),
  jose: (file) => file.startsWith('access/'),
  protobufjs: (file) =>
    file.startsWith('neural/') ||
    ['http/grpc/read-protos.ts', 'converting/graphs/graph-schema.ts'].includes(file),
  '@grpc/': (file) => file.startsWith('http/grpc/'),
  'apache-arrow/': (file) => file.startsWith('datasets/formats/arrow/'),
  bullmq: (file) => file.startsWith('jobs/bullmq/'),
  ioredis: (file) => file.startsWith('jobs/bullmq/'),
  commander: (file) => file === 'cli/program.ts',
};

/** Why an import breaks the house's rules, or undefined. */
function offence(edge: Import): string | undefined {
  const [here, there] = [roomOf(edge.from), roomOf(edge.to)];
  if (isOurs(edge)) {
    if (here === there || topFloor.includes(here)) return undefined;
    return staircase[here]?.includes(there) ? undefined : `${edge.from} climbs up to ${edge.to}`;
  }
  const home = Object.entries(homes).find(
    ([name]) => edge.to === name || (edge.to.startsWith(name) && name.endsWith('/')),
  );
  return home && !home[1](edge.from) ? `${edge.from} takes ${edge.to} out of its room` : undefined;
}

/** Started from outside, so that nothing imports them. */
const programs = [
  'main.ts',
  'cli.ts',
  'cli/serve/server-process.ts',
  'healthcheck.ts',
  'lambda.ts',
  'trainer-process.ts',
];

/** Short files with one importer, each with the decision it holds. */
const smallDecisions: Record<string, string> = {
  'training/measuring/accuracy-interval.ts':
    'where the accuracy of a version that records no interval lies',
  'repository/figures/interval.ts': 'how sure a share is',
  'errors/access-errors.ts': 'which errors are about who may do what',
  'errors/image-errors.ts': 'which errors are about images',
  'errors/repository-errors.ts': 'which errors are about what lies in a store',
  'errors/request-errors.ts': 'which errors are about a request itself',
  'lambda/serve-events.ts': 'that a log is written before an answer is given away',
  'jobs/shared/events-between.ts': 'what a change of a record tells',
  'jobs/shared/read-log.ts': 'how a log is put together that several have written',
  'repository/publishing/publish-once.ts': 'whose attempts make one version',
  'config/job-knobs.ts': 'who may work on jobs',
  'base64.ts': 'which texts are base64',
  'http/base-path.ts': 'which headers name an address',
  'library/exported.ts': 'what other programs import',
  'library/log-through.ts': 'how a log that is no pino gets our lines',
  'library/shipped-model.ts': 'which repository begins with the shipped model',
  'compose/observing/tracing.ts': 'whether anything is traced',
  'compose/version-calls.ts': 'what a call about one version is answered with',
  'neural/read-initialisers.ts': 'where the weights of a graph lie',
  'compose/observing/embedded-metrics.ts': 'how often metrics are written into the log',
  'batching/batch-id.ts': 'what a batch is called',
  'admission/refusal-pace.ts': 'when a refusal is sent',
  'admission/expected-wait.ts': 'what comes before a request in a queue',
  'compose/grpc-port.ts': 'when gRPC is loaded and spoken',
  'http/grpc/reflection-service.ts': 'a service',
  'compose/dialects.ts': 'which words the setting of the dialects may have',
  'http/known-forms.ts': 'which bodies the thread reads',
  'http/dialects/class-scores.ts': 'which scores of a class there are',
  'http/body-worker.ts': 'the program of a thread',
  'http/dialects/dialects.ts': 'which dialects there are, and whose an address is',
  'http/dialects/oip/oip.ts': 'a dialect',
  'compose/app-settings.ts': 'which settings the HTTP server goes by',
  'compose/sagemaker/open-hosting.ts': 'what an endpoint is told by its settings',
  'http/dialects/sagemaker/answers.ts': 'how scores are written for SageMaker and MLflow',
  'http/dialects/sagemaker/csv-instances.ts': 'which row of a CSV names columns',
  'http/dialects/sagemaker/csv-rows.ts': 'what CSV is',
  'http/dialects/tfserving/answers.ts': 'how scores are written for TensorFlow Serving',
  'http/dialects/tfserving/canonical-path.ts': 'which addresses are written in any case',
  'http/dialects/tfserving/tfserving.ts': 'a dialect',
  'http/dialects/torchserve/answers.ts': 'how scores are written for TorchServe',
  'http/dialects/torchserve/error-body.ts': 'how TorchServe calls errors',
  'compose/admission.ts': 'which queues a predict call has to pass',
  'batching/batch-times.ts': 'how long a batch is going to take',
  'batching/take-batch.ts': 'whose items make the next batch',
  'converting/containers/half.ts': 'what a float of sixteen bits stands for',
  'converting/containers/parse-json.ts': 'what a text is that should be JSON',
  'converting/convert-worker.ts': 'the program of a thread',
  'converting/graphs/node-order.ts': 'which node comes before which',
  'converting/layers/merging.ts': 'layers that make one tensor of several',
  'converting/operations/dense.ts': 'how a dense layer is written',
  'converting/operations/pooling.ts': 'how pooling is written',
  'converting/tensors/permute-array.ts': 'how axes of weights change places',
  'converting/weights/named-weights.ts': 'which weights of a name belong to a layer',
  'evidence/drift/stability-index.ts':
    'how far two distributions are apart, and how many values tell',
  'evidence/histogram.ts': 'into which bins values are put',
  'evidence/provenance-record.ts': 'in which words a provenance is told',
  'evidence/version-digests.ts': 'which bytes stand for a version',
  'cli/doctor.ts': 'a command',
  'cli/init/package-origin.ts': 'where a project gets the package that it depends on',
  'http/contract/contract-worker.ts': 'the thread that writes the contract',
  'cli/rollback.ts': 'a command',
  'cli/words/error-in-words.ts': 'how the terminal shows an error and its details',
  'image/handwriting/digit-net-weights.ts': 'what the net of whole digits has learnt',
  'image/reading/parting-net-weights.ts': 'what the net of partings has learnt',
  'image/reading/candidates.ts': 'which ink might be one digit',
  'image/assembly/assembled.ts': 'what assembly/ was compiled to',
  'image/image-threads.ts': 'which threads images have',
  'image/lone/frame-jpegs.ts': 'which JPEGs are read on the calling thread',
  'image/handwriting/ink-signal.ts': 'what of a page stands out as ink',
  'datasets/bytes/unbzip2-stream.d.ts': 'what a library without types takes and gives',
  'datasets/archives/unpack-file.ts': 'where a compressed archive is unpacked to',
  'datasets/formats/arrow/arrow-library.ts':
    'which parts of apache-arrow are used, and when they are loaded',
  'datasets/formats/arrow/check-data.ts': 'when a column says more than it holds',
  'datasets/formats/arrow/ipc-batches.ts': 'what comes before the rows of a batch',
  'datasets/formats/foreign/foreign-files.ts':
    'what files beside each other are that is no form of ours',
  'datasets/formats/parquet/byte-window.ts': 'how much of a column chunk is read at once',
  'datasets/formats/parquet/list-sizes.ts': 'which shape nested lists have',
  'datasets/formats/tables/class-names.ts': 'where Hugging Face keeps the names of classes',
  'datasets/formats/parquet/codecs.ts': 'which compressions Parquet files may have',
  'datasets/formats/parquet/spark-vectors.ts': 'what a vector of Spark ML holds',
  'datasets/images/every-folder.ts': 'when a class is missing without a word',
  'datasets/places/finished-writer.ts': 'when a folder of part files is known to be whole',
  'publishing/quantisation-in-words.ts': 'how two models are shown beside each other',
  'cli/option-groups/quantise-options.ts': 'what has to be said to quantise a model',
  'runtime/onnx-tensors.ts': 'how numbers of other types than float32 go in and out',
  'registry/model-documents.ts': 'what lies beside the versions of a model',
  'repository/history/version-before.ts': 'where a rollback goes',
  'repository/publishing/publish-protected.ts': 'what publishing may do about a protected label',
  'registry/documents/model-history.ts': 'whose history is told',
  'repository/history/actor.ts': 'who runs a training or a command',
  'http/models/history-route.ts': 'how the history of a model is read over HTTP',
  'serving/rollout/compare-predictions.ts': 'when two versions agree',
  'http/metrics-route.ts': 'what Prometheus scrapes',
  'http/stale-header.ts': 'which responses say that what is known is stale',
  'http/security-headers.ts': 'what browsers may do with a response',
  'http/models/placement-schema.ts': 'how the contract tells where batches run',
  'compose/machine.ts': 'for which machine a measurement holds',
  'http/models/label-etag.ts': 'what an etag of any store looks like on the wire',
  'http/predict/request-cancellation.ts': 'when a request ends before its answer',
  'http/connections/waiting-connections.ts': 'which of the connections that wait is read first',
  'http/connections/half-closed.ts': 'when a client that stopped sending still gets its answer',
  'http/connections/unused-connections.ts':
    'what becomes of connections that never spoke when the server closes',
  'cli/delete.ts': 'a command',
  'cli/restore.ts': 'a command',
  'config/loading-knobs.ts': 'which versions are loaded by default',
  'registry/known-models.ts': 'what is known of a name, or why nothing is',
  'config/model-knobs.ts': 'what a model may take by default',
  'explaining/integrated-gradients.ts': 'how a logit is shared among what a net is given',
  'image/canonicalise-worker.ts': 'the program of a thread',
  'image/frame-worker.ts': 'the program of a thread',
  'image/encode-jpeg.ts': 'how much of an image a JPEG file loses',
  'image/encode-png.ts': 'how pixels become a PNG file',
  'compose/processes/not-here.ts': 'what a process answers for that has no jobs',
  'metrics/merged.ts': 'what the metrics of several processes are together',
  'metrics/process-metrics.ts': 'what is counted of processes',
  'processes/restart-delay.ts': 'when a process that died is started again',
  'jobs/earlier-records.ts': 'what records of earlier versions mean today',
  'loading/shipped-models.ts': 'which models come with the program',
  'metrics/evidence-metrics.ts': 'what is counted of predictions beside their answers',
  'metrics/bounded-label.ts': 'how many values of a label a client can make',
  'nearest.ts': 'which word was meant by a misspelt one',
  'neural/gradients.ts': 'reverse-mode differentiation',
  'neural/layers/dropout.ts': 'a kind of layer',
  'neural/layers/flatten.ts': 'a kind of layer',
  'neural/ops/broadcasting.ts': 'how shapes broadcast, and how their gradients are summed',
  'neural/ops/reduction.ts': 'an operation with its gradient',
  'repository/datasets/create-dataset-repository.ts':
    'which parts a repository of datasets is made of',
  'repository/stores/single-writer-store.ts': 'what is left of conditions where a store has none',
  'runtime/cells/cell-output.ts': 'how much of what a model prints reaches the log',
  'runtime/cells/lifeline-worker.ts': 'the program of a thread',
  'runtime/model-worker.ts': 'the program of a thread',
  'training/examples/batch-thread.ts': 'the program of a thread',
  'training/steps/cut-batch.ts': 'how a batch is shared among workers',
};

const folders = new Set(sources.map(folderOf));
/** A folder without folders below it is one sub-room; in any other, every file stands for itself. */
function subRoomOf(file: string): string {
  const folder = folderOf(file);
  const isParent = [...folders].some((other) => other.startsWith(`${folder}/`));
  return isParent || folder === '.' ? file : folder;
}

const imports = sources.flatMap((file) => importsOf(file));
const importersOf = (file: string): number =>
  new Set(imports.filter(({ to }) => to === file).map(({ from }) => from)).size;

describe('the house', () => {
  it('has only rooms that the staircase knows', () => {
    const rooms = new Set(sources.map(roomOf));
    const known = new Set([...Object.keys(staircase), ...topFloor]);
    expect([...rooms].filter((room) => !known.has(room))).toEqual([]);
  });

  it('imports downwards only, and keeps each heavy dependency in one room', () => {
    expect(
      sources
        .flatMap((file) => importsOf(file))
        .map(offence)
        .filter(Boolean),
    ).toEqual([]);
  });

  it('catches a planted upward import and a stray dependency', () => {
    const planted = importsOf(
      'batching/x.ts',
      "import { a } from '../http/app.ts';\nimport s from 'sharp';",
    );
    expect(planted.map(offence)).toEqual([
      'batching/x.ts climbs up to http/app.ts',
      'batching/x.ts takes sharp out of its room',
    ]);
  });

  it('takes the types and the checks of TypeBox, and never loads its language of types', () => {
    const loadsAll = /^import (?!type )[^;]*from 'typebox(?!\/schema')[^']*'/m;
    expect(loadsAll.test("import { Value } from 'typebox/value';")).toBe(true);
    expect(loadsAll.test("import type { Static } from 'typebox';")).toBe(false);
    expect(sources.filter((file) => loadsAll.test(textOf(file)))).toEqual([]);
  });

  it('reads process.env in config.ts only', () => {
    const readers = sources.filter((file) => textOf(file).includes('process.env'));
    expect(readers).toEqual(['config.ts']);
  });

  it('has no room or file called utils, helpers, common, types or index', () => {
    expect(
      sources.filter((file) => /(^|\/)(utils?|helpers?|common|types|index)(\/|\.ts$)/.test(file)),
    ).toEqual([]);
  });

  it('has no circle of imports, not even of types', () => {
    expect(circlesOf(graphOf(imports))).toEqual([]);
  });

  it('finds a planted circle', () => {
    const planted = [
      ...importsOf('jobs/a.ts', "import { b } from './b.ts';"),
      ...importsOf('jobs/b.ts', "import type { A } from './a.ts';"),
    ];
    expect(circlesOf(graphOf(planted))).toEqual([['jobs/a.ts', 'jobs/b.ts']]);
  });

  it('has no circle of sub-rooms below the top floor', () => {
    const below = imports.filter(({ from }) => !topFloor.includes(roomOf(from)));
    expect(circlesOf(graphOf(below, subRoomOf))).toEqual([]);
  });

  it('keeps at most 25 files in a folder', () => {
    const counts = new Map<string, number>();
    for (const file of sources) counts.set(folderOf(file), (counts.get(folderOf(file)) ?? 0) + 1);
    expect([...counts].filter(([, files]) => files > 25)).toEqual([]);
  });

  it('keeps files between 40 and 250 lines; a shorter one has two importers or a decision of its own', () => {
    // What is written by a command is as long as what it tells of.
    const written = sources.filter((file) => !file.startsWith('client/contract/'));
    const offences = written.flatMap((file) => {
      const lines = textOf(file).split('\n').length - 1;
      if (lines > 250) return [`${file}: ${lines} lines`];
      const isShared = importersOf(file) >= 2;
      const isProgram = programs.includes(file);
      const isExpected =
        lines >= 40 || isShared || isProgram || Object.hasOwn(smallDecisions, file);
      return isExpected ? [] : [`${file}: ${lines} lines for one importer`];
    });
    expect(offences).toEqual([]);
    const stale = Object.keys(smallDecisions).filter((file) => !sources.includes(file));
    expect(stale).toEqual([]);
  });
});
