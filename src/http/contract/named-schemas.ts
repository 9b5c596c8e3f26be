import { canonicalJson, isRecord } from '../../json.ts';
import { withExclusiveChoices } from './exclusive-choices.ts';
import { mapFields, mapNodes, recordAt, schemaPrefix, type Node } from './json-walk.ts';

/**
 * Moves every schema with a title to the components, and refers to it wherever it was: generated clients then
 * have one type for it, with that name.
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
    components: { ...components, schemas: withExclusiveChoices(all, all) },
    paths: withExclusiveChoices(paths, all),
  };
}

/** Registers a schema under its title, which becomes its name, and returns the reference to it. */
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
  return { $ref: schemaPrefix + title, ...(isOwn && { description }) };
}

function isSchema(node: Node): boolean {
  return ['type', 'anyOf', 'oneOf', 'enum'].some((keyword) => keyword in node);
}
