import { Check, Errors } from 'typebox/schema';
import { errors, withDetails } from '../errors.ts';
import { isRecord } from '../json.ts';
import { contractFault, formFault } from '../preprocessing/fault.ts';
import { inputValuesFault } from '../preprocessing/input-values.ts';
import { parseJsonBytes } from './json-bytes.ts';
import { ManifestSchema, type Manifest } from './manifest.ts';
import { claimFile, manifestFile, releaseFile } from './names.ts';
import { isUsableKey } from './stores/store-key.ts';

/** The most a manifest may weigh; a confusion matrix of a thousand classes fits. */
export const maxManifestBytes = 16 * 1024 * 1024;

/**
 * The manifest in these bytes, if it is one, is of this version, and agrees with itself. Publishing
 * runs the same check on its own bytes, so what cannot be read is never written.
 */
export function parseManifest(bytes: Uint8Array, model: string, version: number): Manifest {
  const refuse = (reason: string, cause?: unknown): never => {
    const error = new errors.GLIMPSE_MANIFEST_INVALID(`${model}/${version}`, reason);
    throw withDetails(error, { model, version, reason }, cause);
  };
  const manifest = parseJsonBytes(bytes, maxManifestBytes, refuse);
  if (!Check(ManifestSchema, manifest)) return refuse(firstFault(manifest));
  const fault = faultOf(manifest, model, version);
  return fault === undefined ? manifest : refuse(fault);
}

function firstFault(value: unknown): string {
  // An unknown format is the one fault whose cause is usually a newer Glimpse: say it first.
  const [, faults] = Errors(ManifestSchema, value);
  const fault = faults.find(({ instancePath }) => instancePath === '/formatVersion') ?? faults[0];
  if (fault?.instancePath === '/formatVersion') return 'its formatVersion is not 1';
  if (fault?.instancePath.startsWith('/preprocessing') && isRecord(value)) {
    const form = formFault(value['preprocessing']);
    if (form !== undefined) return `/preprocessing: ${form}`;
  }
  const what = fault?.keyword === 'boolean' ? 'is not known' : (fault?.message ?? 'is not valid');
  return `${fault?.instancePath || '/'} ${what}`;
}

function faultOf(manifest: Manifest, model: string, version: number): string | undefined {
  if (manifest.model !== model || manifest.version !== version) {
    return `it is of ${manifest.model}/${manifest.version}`;
  }
  if (Number.isNaN(Date.parse(manifest.createdAt))) return '/createdAt is not a date';
  return (
    filesFault(manifest) ??
    signatureFault(manifest) ??
    gateFault(manifest) ??
    goldenFault(manifest) ??
    keptFault(manifest) ??
    baselineFault(manifest)
  );
}

function filesFault({ files, entry }: Manifest): string | undefined {
  const paths = new Set<string>();
  for (const { path } of files) {
    if (!isUsableKey(path)) return `the file ${JSON.stringify(path)} leads out of the version`;
    if (path === manifestFile || path === claimFile || path === releaseFile)
      return `${path} cannot be a file of a version`;
    if (paths.has(path)) return `the file ${path} is named twice`;
    paths.add(path);
  }
  const inside = files.find(({ path }) => folders(path).some((folder) => paths.has(folder)));
  if (inside !== undefined) return `${inside.path} lies in a file, not in a folder`;
  return paths.has(entry) ? undefined : `its entry ${JSON.stringify(entry)} is not among its files`;
}

/** "a/b/c" lies in "a" and in "a/b". */
function folders(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

function signatureFault({ runtime, signature, preprocessing }: Manifest): string | undefined {
  const { channels, width, height } = preprocessing;
  if (new Set(signature.classes).size !== signature.classes.length) return 'a class is named twice';
  const contract = contractFault(preprocessing);
  if (contract !== undefined) return contract;
  const { dtype } = signature.input;
  const values = inputValuesFault(dtype, preprocessing);
  if (values !== undefined) return values;
  if (runtime === 'tensorflow' && dtype === 'float16') {
    return 'the runtime tensorflow takes an input of float32 or uint8, not of float16';
  }
  const shapes = {
    NCHW: [channels, height, width],
    NHWC: [height, width, channels],
    NHW: channels === 1 ? [height, width] : [],
    NC: [channels * height * width],
  };
  const expected = shapes[signature.input.layout].join(' x ');
  return signature.input.shape.join(' x ') === expected
    ? undefined
    : `the input shape must be ${expected}, as the preprocessing makes it`;
}

/** What is wrong with the gate: thresholds that are never applied would look like a check. */
function gateFault({ gate = {}, preprocessing }: Manifest): string | undefined {
  const { minContrast, minSeparability } = gate;
  const asksForInk = minContrast !== undefined || minSeparability !== undefined;
  return asksForInk && preprocessing.canonicalise !== 'handwriting'
    ? 'its gate asks about ink, and its preprocessing does not look for any'
    : undefined;
}

function goldenFault({ golden, files, signature }: Manifest): string | undefined {
  const paths = new Set(files.map(({ path }) => path));
  for (const { file, label, scores } of golden) {
    if (!paths.has(file)) return `the golden sample ${JSON.stringify(file)} is not among its files`;
    if (!signature.classes.includes(label)) return `the golden sample ${file} is of no known class`;
    if (scores.length !== signature.classes.length) {
      return `the golden sample ${file} must have one score for each class`;
    }
  }
  return undefined;
}

function keptFault({ keptExamples, files }: Manifest): string | undefined {
  return !keptExamples || files.some(({ path }) => path === keptExamples.file)
    ? undefined
    : `the file of its examples, ${JSON.stringify(keptExamples.file)}, is not among its files`;
}

/** What is wrong with the baseline: drift against it would be no figure of anything. */
function baselineFault({ baseline, signature }: Manifest): string | undefined {
  if (!baseline) return undefined;
  if (baseline.classes.length !== signature.classes.length) {
    return 'its baseline must have one count for each class';
  }
  const { confidence, brightness, contrast } = baseline;
  const odd = [confidence, brightness, ...(contrast ? [contrast] : [])].some(
    ({ edges, counts }) =>
      counts.length !== edges.length + 1 ||
      edges.some((edge, at) => at > 0 && edge <= edges[at - 1]!),
  );
  return odd ? 'a histogram of its baseline has no bins' : undefined;
}
