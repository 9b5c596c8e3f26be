import { mapNodes, nodesOf, recordAt, schemaPrefix, type Node } from './json-walk.ts';

/**
 * `anyOf` as `oneOf` wherever no value fits two of the choices: the same values are accepted, and clients get a
 * union (many generators take `anyOf` for one object with the fields of all). A field that tells the choices apart,
 * as in `name: "adam"`, becomes their discriminator.
 */
export function withExclusiveChoices(schema: unknown, schemas: Node): unknown {
  return mapNodes(schema, (node) => {
    const { anyOf, ...rest } = node;
    const choices = nodesOf(anyOf ?? node['oneOf']);
    if (!choices) return node;
    const resolved = choices.map((choice) => resolve(choice, schemas));
    const areExclusive = resolved.every((one, at) =>
      resolved.slice(at + 1).every((other) => exclude(one, other)),
    );
    if (anyOf !== undefined && !areExclusive) return node;
    const discriminator = discriminatorOf(choices, resolved);
    return { ...rest, oneOf: choices, ...(discriminator && { discriminator }) };
  });
}

function resolve(choice: Node, schemas: Node): Node {
  const { $ref } = choice;
  return typeof $ref === 'string' ? recordAt(schemas, $ref.slice(schemaPrefix.length)) : choice;
}

/** Whether it is certain that no value fits both. */
function exclude(one: Node, other: Node): boolean {
  const [type, otherType] = [typeOf(one), typeOf(other)];
  if (type === undefined || otherType === undefined) return false;
  if (type !== otherType) return true;
  return (
    lacksRequired(one, other) ||
    lacksRequired(other, one) ||
    requiredOf(one).some((field) => {
      const [value, otherValue] = [onlyValue(one, field), onlyValue(other, field)];
      return value !== undefined && otherValue !== undefined && value !== otherValue;
    })
  );
}

function typeOf({ type }: Node): string | undefined {
  return type === 'integer' ? 'number' : typeof type === 'string' ? type : undefined;
}

/** Whether an object that has no other fields than its own lacks one that the other requires. */
function lacksRequired(one: Node, other: Node): boolean {
  const fields = recordAt(one, 'properties');
  const isClosed = one['additionalProperties'] === false;
  return isClosed && requiredOf(other).some((field) => !(field in fields));
}

/** The discriminator: a required field with a different value in each of the choices, all of which are references. */
function discriminatorOf(choices: readonly Node[], resolved: readonly Node[]): Node | undefined {
  const references = choices.map(({ $ref }) => $ref);
  const [first] = resolved;
  if (!first || references.includes(undefined)) return undefined;
  for (const propertyName of requiredOf(first)) {
    const values = resolved.map((schema) => onlyValue(schema, propertyName));
    const areDistinct = new Set(values).size === values.length && !values.includes(undefined);
    if (!areDistinct) continue;
    const mapping = Object.fromEntries(values.map((value, at) => [value, references[at]]));
    return { propertyName, mapping };
  }
  return undefined;
}

/** The one value a required field of an object may have. */
function onlyValue(schema: Node, field: string): string | undefined {
  const { enum: values } = recordAt(recordAt(schema, 'properties'), field);
  if (!requiredOf(schema).includes(field)) return undefined;
  if (!Array.isArray(values) || values.length !== 1) return undefined;
  return typeof values[0] === 'string' ? values[0] : undefined;
}

function requiredOf({ required }: Node): readonly string[] {
  return Array.isArray(required) ? required.filter((one) => typeof one === 'string') : [];
}
