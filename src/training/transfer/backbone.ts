import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ImageShape } from '../../datasets/dataset.ts';
import { systemReasonOf } from '../../disk-errors.ts';
import { errors, messageOf } from '../../errors.ts';
import type { Trust } from '../../loading/trust.ts';
import { cutAt, findFeatures, hasInnerGraphs } from '../../neural/transfer/find-features.ts';
import { buildFeatureGraph, type Body } from '../../neural/transfer/join-graphs.ts';
import { decodeModel, withDataInside, type OnnxModel } from '../../neural/onnx-model.ts';
import type { ContractTwo } from '../../preprocessing/contract-two.ts';
import { plainContract } from '../../preprocessing/presets.ts';
import { rowShapeOf } from '../../preprocessing/row-shape.ts';
import { stepsOf } from '../../preprocessing/steps.ts';
import type { Repository } from '../../repository/repository.ts';
import { openGraphSession } from '../../runtime/graph-session.ts';
import type { Signature } from '../../signature.ts';
import { sizeOf } from '../../tensor.ts';

/** What a request says; without a version of the repository the backbone that comes with the program is meant. */
export interface BackbonePlan {
  readonly architecture: unknown;
  readonly backbone?: { readonly model: string; readonly version: number } | undefined;
}

/** A net that learnt elsewhere, cut where its classes begin. */
export interface Backbone {
  readonly name: string;
  /** SHA-256 of its file. */
  readonly digest: string;
  /** What the images are that it takes, and how it takes them. */
  readonly shape: ImageShape;
  readonly preprocessing: ContractTwo;
  readonly body: Body;
  /** How many numbers it finds in an image. */
  readonly size: number;
  /** Whether a server may run it as it runs what it has trained itself. */
  readonly isTrusted: boolean;
}

export interface BackboneContext {
  readonly repository: Pick<Repository, 'open'>;
  readonly trust: Pick<Trust, 'isTrusted'>;
  /** Where the backbone that comes with the program lies. */
  readonly backboneDir: string;
  readonly signal: AbortSignal;
}

const size = { width: 224, height: 224 } as const;

/**
 * The backbone that comes with the program: EfficientNet-Lite0 without its classifier, which has learnt ImageNet
 * (backbones/efficientnet-lite0/README.md says where its weights are from). It has no gate of squeeze and excitation
 * and no swish, so that it is fast on every processor.
 */
const shippedBackbone: {
  readonly name: string;
  /** Below the folder of backbones. */
  readonly file: string;
  readonly preprocessing: ContractTwo;
} = {
  name: 'efficientnet-lite0',
  file: 'efficientnet-lite0/model.onnx',
  preprocessing: {
    ...plainContract({ ...size, channels: 3 }),
    resize: { mode: 'shorter-side', size: 256, kernel: 'cubic', antialias: true },
    crop: { size, align: 'centre' },
    scale: 1,
    mean: [127, 127, 127],
    std: [128, 128, 128],
  },
};

/** The oldest operator set whose operators take what ours give. */
const LEAST_OPSET = 11;

/**
 * Opens the backbone asked for; undefined where a net learns from pixels. GLIMPSE_BACKBONE_INVALID where it is not clear
 * what it finds in an image.
 */
export async function openBackbone(
  { architecture, backbone }: BackbonePlan,
  context: BackboneContext,
): Promise<Backbone | undefined> {
  if (architecture !== 'transfer') return undefined;
  return backbone ? openVersion(backbone, context) : openShipped(context);
}

async function openShipped({ backboneDir }: BackboneContext): Promise<Backbone> {
  const { name, file, preprocessing } = shippedBackbone;
  const bytes = await readFile(join(backboneDir, file)).catch((error: unknown) => {
    throw invalid(name, `it did not come with this program: ${systemReasonOf(error)}`);
  });
  const { width, height } = preprocessing;
  const input: Signature['input'] = {
    name: 'image',
    dtype: 'float32',
    layout: 'NCHW',
    shape: [3, height, width],
  };
  const read = { name, model: decodeModel(bytes), input, output: 'features', preprocessing };
  return { ...(await describe(read)), digest: digestOf(bytes), isTrusted: true };
}

async function openVersion(
  { model, version }: NonNullable<BackbonePlan['backbone']>,
  { repository, trust, signal }: BackboneContext,
): Promise<Backbone> {
  const opened = await repository.open(model, version, signal);
  const { manifest, folder } = opened;
  const name = `version ${version} of ${model}`;
  if (manifest.runtime !== 'onnx')
    throw invalid(name, `it runs in ${manifest.runtime}, not in onnx`);
  const file = join(folder, manifest.entry);
  const bytes = await readFile(file);
  const decoded = await withDataInside(decodeModel(bytes), (location) =>
    readFile(join(dirname(file), location)),
  );
  await opened.confirm(signal);
  const { input, output } = manifest.signature;
  const preprocessing = stepsOf(manifest.preprocessing);
  const read = { name, model: decoded, input, output: output.name, preprocessing };
  return {
    ...(await describe(read)),
    digest: digestOf(bytes),
    isTrusted: await trust.isTrusted(manifest),
  };
}

interface ReadModel {
  readonly name: string;
  readonly model: OnnxModel;
  readonly input: Signature['input'];
  readonly output: string;
  readonly preprocessing: ContractTwo;
}

/** Cuts a model, and sees by two images whether what is left can be run. */
async function describe({
  name,
  model,
  input,
  output,
  preprocessing,
}: ReadModel): Promise<Omit<Backbone, 'digest' | 'isTrusted'>> {
  if (preprocessing.channels === 4) throw invalid(name, 'it takes images of 4 channels');
  const { width, height, channels } = preprocessing;
  const { dtype, layout, batch } = input;
  if (dtype !== 'float32') throw invalid(name, `it takes ${dtype}, and training gives float32`);
  if (layout !== 'NCHW' && layout !== 'NHWC') throw invalid(name, `it takes images as ${layout}`);
  if (batch !== undefined) throw invalid(name, 'it computes a fixed number of images at once');
  const opset = model.opsetImport.find(({ domain = '' }) => domain === '' || domain === 'ai.onnx');
  if ((opset?.version ?? 0) < LEAST_OPSET) {
    throw invalid(
      name,
      `it has opset ${opset?.version ?? 0}: export it with ${LEAST_OPSET} or later`,
    );
  }
  const found = findFeatures(model, output);
  if ('fault' in found) throw invalid(name, found.fault);
  const cut = cutAt(model, found.name);
  if (hasInnerGraphs(cut)) throw invalid(name, 'it has graphs within its graph (If, Loop, Scan)');
  if (cut.graph.input.length !== 1 || cut.graph.input[0]!.name !== input.name) {
    throw invalid(name, 'its features are not made of its image alone');
  }
  const body: Body = {
    model: cut,
    features: found.name,
    input: { name: input.name, layout, shape: [channels, height, width] },
  };
  const shape = rowShapeOf(preprocessing);
  return { name, shape, preprocessing, body, size: await featuresPerImage(name, body) };
}

async function featuresPerImage(name: string, body: Body): Promise<number> {
  const graph = buildFeatureGraph(body);
  const { shape } = body.input;
  const data = new Float32Array(2 * sizeOf(shape));
  try {
    const session = await openGraphSession(graph.model, { threads: 1 });
    try {
      const image = { type: 'float32', dims: [2, ...shape], data } as const;
      const features = (await session.run({ [graph.input]: image }))[graph.output]!;
      const [rows, size = 0] = features.dims;
      if (rows === 2 && size > 0 && features.type === 'float32') return size;
      throw new Error(`of two images it makes ${features.type} of ${features.dims.join(' x ')}`);
    } finally {
      await session.close();
    }
  } catch (error) {
    throw invalid(name, messageOf(error));
  }
}

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function invalid(name: string, why: string): Error {
  return new errors.GLIMPSE_BACKBONE_INVALID(name, why);
}
