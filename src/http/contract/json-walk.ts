import { isRecord } from '../../json.ts';

export type Node = Readonly<Record<string, unknown>>;

/** What a reference to a named schema begins with. */
export const schemaPrefix = '#/components/schemas/';

/** Fields whose values are data, not schemas: nothing in there is a keyword. */
const dataKeys = new Set([
  'default',
  'example',
  'examples',
  'enum',
  'const',
  'required',
  'mapping',
]);

/** A copy of a document in which every object has passed through `change`, the innermost first. */
export function mapNodes(value: unknown, change: (node: Node) => Node): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => mapNodes(one, change));
  if (!isRecord(value)) return value;
  return change(mapFields(value, change));
}

/** The same for the fields of one object, which is not itself changed. */
export function mapFields(node: Node, change: (node: Node) => Node): Node {
  return Object.fromEntries(
    Object.entries(node).map(([key, inner]) => [
      key,
      dataKeys.has(key) ? structuredClone(inner) : mapNodes(inner, change),
    ]),
  );
}

/** A list of objects, or undefined. */
export function nodesOf(value: unknown): readonly Node[] | undefined {
  return Array.isArray(value) && value.every(isRecord) ? value : undefined;
}

/** The object in a field; an empty one where there is none. */
export function recordAt(node: Node, key: string): Node {
  const value = node[key];
  return isRecord(value) ? value : {};
}
