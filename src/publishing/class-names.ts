import { isRecord } from '../json.ts';
import type { OnnxGraph } from '../runtime/onnx-file/read-graph.ts';

/** Names of the classes that a model brings with it, and where it has them. */
export interface FoundNames {
  readonly names: readonly string[];
  readonly from: string;
}

/** Keys under which exporters note the names: Ultralytics' `names`, Hugging Face's `id2label`, and what people choose. */
const keys = [
  'names',
  'id2label',
  'classes',
  'labels',
  'class_names',
  'class_labels',
  'categories',
];

/** Attributes of the operators of scikit-learn's models (ai.onnx.ml) that hold them. */
const attributes = ['classlabels_strings', 'classlabels_int64s', 'classlabels_ints'];

/** The names that the metadata of a model has, else those of its operators. */
export function namesOfGraph({ metadata, nodes }: OnnxGraph): FoundNames | undefined {
  for (const key of [...keys, 'config']) {
    const names = namesOf(metadata.get(key) ?? '');
    if (names) return { names, from: `the metadata "${key}"` };
  }
  for (const node of nodes.filter(({ domain }) => domain === 'ai.onnx.ml')) {
    const names = attributes.flatMap((name) => [...node.texts(name), ...node.integers(name)]);
    const usable = usableNames(names.map(String));
    if (usable) return { names: usable, from: `its operator ${node.op}` };
  }
  return undefined;
}

/**
 * Names as JSON or as Python writes them, in a list or by their numbers; also under `id2label` or `names` of a
 * configuration. Undefined when the text holds none.
 */
function namesOf(text: string): readonly string[] | undefined {
  if (text.length > longest) return undefined;
  const value = parsed(text);
  if (value === undefined) {
    if (/^\s*[{[]/.test(text)) return undefined;
    return usableNames(
      text
        .trim()
        .split(text.trim().includes('\n') ? /\r?\n/ : ',')
        .map((name) => name.trim()),
    );
  }
  return namesInJson(value);
}

/** The names of 20,000 classes are shorter. */
const longest = 1_000_000;
/** Configurations in configurations: nobody nests more. */
const deepest = 8;

/** The names in a list of texts, in an object that gives each number its text, or in a configuration that holds one. */
export function namesInJson(value: unknown, depth = 0): readonly string[] | undefined {
  if (Array.isArray(value)) return usableNames(value);
  if (!isRecord(value) || depth > deepest) return undefined;
  const inner = value['id2label'] ?? value['names'];
  if (inner !== undefined) return namesInJson(inner, depth + 1);
  const numbered = Object.entries(value).map(([key, name]) => [Number(key), name] as const);
  const sorted = numbered.toSorted(([a], [b]) => a - b);
  return sorted.every(([number], place) => number === place)
    ? usableNames(sorted.map(([, name]) => name))
    : undefined;
}

/**
 * JSON, or a dictionary or list of texts in the syntax of Python. A text that does not end goes to the end, and a number is looked at once:
 * what is in a foreign file is read in time that grows with its length.
 */
function parsed(text: string): unknown {
  const json = text
    .trim()
    .replaceAll(
      /'((?:[^'\\]|\\(?:.|$))*)(?:'|$)|"(?:[^"\\]|\\(?:.|$))*(?:"|$)|(?<!\d)(\d{1,9})(?=\s*:)/gs,
      (whole: string, single: string | undefined, key: string | undefined) => {
        if (key !== undefined) return `"${key}"`;
        return single === undefined ? whole : JSON.stringify(single.replaceAll(/\\(.)/g, '$1'));
      },
    );
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' ? value : undefined;
  } catch {
    return undefined;
  }
}

function usableNames(names: readonly unknown[]): readonly string[] | undefined {
  const texts = names.filter((name): name is string => typeof name === 'string' && name !== '');
  const isUsable = texts.length === names.length && new Set(texts).size === names.length;
  return isUsable && texts.length >= 2 ? texts : undefined;
}
