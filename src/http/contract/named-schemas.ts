import { canonicalJson, isRecord } from '../../json.ts';
import { mapFields, mapNodes, nodesOf, recordAt, type Node } from './json-walk.ts';

const prefix = '#/components/schemas/';

/**
 * Gives every schema with a title a place of its own among the components, and refers to it wherever it
 * stands: generated clients then have one type for it, with that name, and the document says it once.
 */
export function withNamedSchemas(document: Node): Node {
  const components = recordAt(document, 'components');
  const named = new Map<string, Node>();
  const collect = (node: Node): Node => nameSchema(node, named);
  const schemas = Object.entries(recordAt(components, 'schemas')).map(
    ([name, schema]) => [name, isRecord(schema) ? mapFields(schema, collect) : schema] as const,
  );
  const paths = mapNodes(document['paths'], collect);
  const all = { ...Object.fromEntries(schemas), ...Object.fromEntries(named) };
  return {
    ...document,
    components: { ...components, schemas: withDiscriminators(all, all) },
    paths: withDiscriminators(paths, all),
  };
}

/** What a schema without its title is known by from now on; the name says enough. */
function nameSchema(node: Node, named: Map<string, Node>): Node {
  const { title, ...schema } = node;
  if (typeof title !== 'string' || !isSchema(schema)) return node;
  const known = named.get(title) ?? schema;
  const { description } = schema;
  if (canonicalJson({ ...known, description }) !== canonicalJson({ ...schema, description })) {
    throw new Error(`two different schemas have the title ${title}; this is a bug.`);
  }
  named.set(title, known);
  const isOwn = description !== undefined && description !== known['description'];
  return { $ref: prefix + title, ...(isOwn && { description }) };
}

function isSchema(node: Node): boolean {
  return ['type', 'anyOf', 'enum'].some((keyword) => keyword in node);
}

/**
 * `anyOf` between named objects that one of their fields tells apart (`name: "adam"`) as `oneOf` with that
 * field as its discriminator: the same values, and clients get a union they can tell apart too.
 */
function withDiscriminators(place: unknown, schemas: Node): unknown {
  return mapNodes(place, (node) => {
    const { anyOf, ...rest } = node;
    const references = nodesOf(anyOf)?.map(({ $ref }) => String($ref)) ?? [];
    const discriminator = discriminatorOf(references, schemas);
    return discriminator ? { ...rest, oneOf: references.map(toReference), discriminator } : node;
  });
}

const toReference = ($ref: string): Node => ({ $ref });

function discriminatorOf(references: readonly string[], schemas: Node): Node | undefined {
  for (const propertyName of ['type', 'name', 'kind']) {
    const values = references.map((one) =>
      onlyValue(recordAt(schemas, one.slice(prefix.length)), propertyName),
    );
    const mapping = Object.fromEntries(values.map((value, at) => [value, references[at]]));
    const areApart = new Set(values).size === references.length && !values.includes(undefined);
    if (areApart && references.length > 1) return { propertyName, mapping };
  }
  return undefined;
}

/** The one value a required field of an object may have. */
function onlyValue(schema: Node, name: string): string | undefined {
  const { enum: values } = recordAt(recordAt(schema, 'properties'), name);
  const { required } = schema;
  const isRequired = Array.isArray(required) && required.includes(name);
  if (!isRequired || !Array.isArray(values) || values.length !== 1) return undefined;
  return typeof values[0] === 'string' ? values[0] : undefined;
}
