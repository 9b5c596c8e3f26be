import { mapNodes, nodesOf, type Node } from './json-walk.ts';

/**
 * Schemas in the words that generators of clients understand, accepting what they accepted before: constants
 * to choose from are one enum, an enum says what type its values have, what may be null is no choice, and numbers
 * say how wide they are.
 */
export function withPlainSchemas(document: unknown): unknown {
  return mapNodes(document, (node) =>
    withWidth(withType(unwrapChoice(mergeConstants(mergeNull(node))))),
  );
}

/** `anyOf: [{type: number}, {type: null}]` as `type: [number, null]`. */
function mergeNull(node: Node): Node {
  const { anyOf, ...rest } = node;
  const [choice, nothing, ...others] = nodesOf(anyOf) ?? [];
  const isNullable = nothing?.['type'] === 'null' && others.length === 0;
  if (!isNullable || typeof choice?.['type'] !== 'string' || 'enum' in choice) return node;
  return { ...choice, ...rest, type: [choice['type'], 'null'] };
}

/** `{enum: [a]}` and `{enum: [b]}` among other choices as `{enum: [a, b]}`. */
function mergeConstants(node: Node): Node {
  const choices = nodesOf(node['anyOf']) ?? [];
  const constants = choices.filter(isConstant);
  if (constants.length < 2 || new Set(constants.map(({ type }) => type)).size > 1) return node;
  const merged = withType({ enum: constants.flatMap((choice) => choice['enum']) });
  return { ...node, anyOf: [merged, ...choices.filter((choice) => !isConstant(choice))] };
}

function isConstant(node: Node): boolean {
  return Array.isArray(node['enum']) && Object.keys(node).every((key) => /^(enum|type)$/.test(key));
}

/** `anyOf` with one schema becomes that schema. */
function unwrapChoice(node: Node): Node {
  const { anyOf, ...rest } = node;
  const [choice, ...others] = nodesOf(anyOf) ?? [];
  return choice && others.length === 0 ? { ...choice, ...rest } : node;
}

/** typebox names no type for some enums, and calls every literal number a number. */
function withType(node: Node): Node {
  const values: unknown = node['enum'];
  if (!Array.isArray(values)) return node;
  const [type, ...others] = new Set(values.map(typeName));
  return type === undefined || others.length > 0 ? node : { ...node, type };
}

function typeName(value: unknown): string | undefined {
  if (Number.isInteger(value)) return 'integer';
  return ['string', 'number', 'boolean'].find((type) => typeof value === type);
}

const largestInt32 = 2 ** 31 - 1;

/** Without a format generators assume 32 bits, too few for the size of a file and for a score. */
function withWidth(node: Node): Node {
  if ('enum' in node || 'format' in node) return node;
  const types = [node['type']].flat();
  if (types.includes('number')) return { ...node, format: 'double' };
  const { maximum } = node;
  const fitsInt32 = typeof maximum === 'number' && maximum <= largestInt32;
  return types.includes('integer') && !fitsInt32 ? { ...node, format: 'int64' } : node;
}
