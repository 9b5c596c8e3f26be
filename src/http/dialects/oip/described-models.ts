import { errors } from '../../../errors.ts';
import type { Registry } from '../../../registry/registry.ts';
import type { Signature } from '../../../signature.ts';
import { choiceOf, type Choice } from '../answer-call.ts';

type ModelState = ReturnType<Registry['describeModel']>;
type VersionState = ModelState['versions'][number]['state'];
type DescribedRegistry = Pick<Registry, 'lookUp' | 'describeModel' | 'describeVersion'>;

/** A model, and where an address has one the version of it, by number or label. */
export interface Addressed {
  readonly model: string;
  readonly version?: string | undefined;
}

/** What the runtimes of manifests are called here. */
const platforms: Readonly<Record<string, { readonly platform: string; readonly backend: string }>> =
  {
    onnx: { platform: 'onnx_onnxv1', backend: 'onnxruntime' },
    tensorflow: { platform: 'tensorflow_savedmodel', backend: 'tensorflow' },
  };

/** What the datatypes of signatures are called here. */
const datatypeOf = { float32: 'FP32', uint8: 'UINT8', float16: 'FP16' } as const;

/** The metadata of a version: what the model itself takes and gives; -1 stands for the batch. */
export async function metadataOf(registry: DescribedRegistry, address: Addressed) {
  const { state, signature, platform } = await describedAt(registry, address);
  const { input, output, classes } = signature;
  return {
    name: state.model,
    versions: state.versions
      .filter((one) => one.state !== 'UNAVAILABLE')
      .map((one) => String(one.version)),
    platform,
    inputs: [{ name: input.name, datatype: datatypeOf[input.dtype], shape: [-1, ...input.shape] }],
    outputs: [{ name: output.name, datatype: 'FP32', shape: [-1, classes.length] }],
  };
}

/** The same in the words of a Triton configuration, as far as clients read it. */
export async function configurationOf(
  registry: DescribedRegistry,
  address: Addressed,
  maxImages: number,
) {
  const { state, signature, platform, backend } = await describedAt(registry, address);
  const { input, output, classes } = signature;
  return {
    name: state.model,
    platform,
    backend,
    max_batch_size: maxImages,
    input: [
      { name: input.name, data_type: `TYPE_${datatypeOf[input.dtype]}`, dims: [...input.shape] },
    ],
    output: [{ name: output.name, data_type: 'TYPE_FP32', dims: [classes.length] }],
    dynamic_batching: {},
  };
}

/** Whether the version would answer now. */
export async function isReady(registry: DescribedRegistry, address: Addressed): Promise<boolean> {
  const { state, version } = await stateOf(registry, address);
  return state.versions.some((one) => one.version === version && one.state === 'READY');
}

/** The versions that an address means and that are loaded. */
export async function answeringVersions(
  registry: DescribedRegistry,
  address: Addressed,
): Promise<number[]> {
  const { state, version } = await stateOf(registry, address);
  const ready = readyVersions(state);
  return address.version === undefined ? ready : ready.filter((one) => one === version);
}

/** The versions of a model that are loaded. */
export function readyVersions({ versions }: ModelState): number[] {
  return versions.filter(({ state }) => state === 'READY').map(({ version }) => version);
}

/** What the states of versions are called here. */
const stateNames: Readonly<Record<VersionState, string>> = {
  READY: 'READY',
  LOADING: 'LOADING',
  UNLOADING: 'UNLOADING',
  UNAVAILABLE: 'UNAVAILABLE',
  UNLOADED: 'UNAVAILABLE',
};

/** Every version of these models, and in which state it is; with `isReadyOnly` those that answer. */
export function indexOf(models: readonly ModelState[], isReadyOnly: boolean) {
  return models.flatMap(({ model, versions }) =>
    versions
      .filter(({ state }) => !isReadyOnly || state === 'READY')
      .map(({ version, state, reason }) => ({
        name: model,
        version: String(version),
        state: stateNames[state],
        reason: reason?.message ?? (state === 'UNLOADED' ? 'unloaded' : ''),
      })),
  );
}

/** The version that an address means, with its signature. GLIMPSE_MODEL_NOT_READY where none would answer. */
async function describedAt(
  registry: DescribedRegistry,
  address: Addressed,
): Promise<{
  readonly state: ModelState;
  readonly signature: Signature;
  readonly platform: string;
  readonly backend: string;
}> {
  const { state, version } = await stateOf(registry, address);
  const { model, reasons } = state;
  if (version === undefined) {
    throw new errors.GLIMPSE_MODEL_NOT_READY(model, reasons[0] ?? 'it has no version.');
  }
  const { manifest, reason } = await registry.describeVersion(model, version);
  if (!manifest) {
    const sentence = reason?.message ?? 'its manifest cannot be read.';
    throw new errors.GLIMPSE_MODEL_NOT_READY(model, sentence);
  }
  const { signature, runtime } = manifest;
  return { state, signature, ...(platforms[runtime] ?? { platform: runtime, backend: runtime }) };
}

/** A model, and the version that an address means; undefined where none would answer. 404 for what there is not. */
async function stateOf(
  registry: DescribedRegistry,
  address: Addressed,
): Promise<{ readonly state: ModelState; readonly version: number | undefined }> {
  const { model, selector } = choiceOf(address.model, address.version);
  await registry.lookUp(model, selector);
  const state = registry.describeModel(model);
  return { state, version: versionIn(state, selector) };
}

function versionIn(state: ModelState, selector: Choice['selector']): number | undefined {
  const { model, versions, labels, serving } = state;
  if (!selector) return serving;
  if ('version' in selector) {
    const { version } = selector;
    if (versions.some((one) => one.version === version)) return version;
    throw new errors.GLIMPSE_VERSION_NOT_FOUND(model, version);
  }
  const { label } = selector;
  const answering = versions.find(({ serves }) => serves.includes(label))?.version;
  const target = Object.hasOwn(labels, label) ? labels[label] : undefined;
  if (answering === undefined && target === undefined) {
    throw new errors.GLIMPSE_LABEL_NOT_FOUND(model, label);
  }
  return answering ?? target;
}
