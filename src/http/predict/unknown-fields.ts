import { invalidRequest, unknownField, type RequestPart } from '../../schema.ts';
import { PredictQuerySchema } from './predict-schemas.ts';

/**
 * Refuses a body with an unknown field; for the name of a query parameter the error says where to send it. `example`
 * is a body as it should be.
 */
export function refuseUnknownFields(
  part: RequestPart,
  fields: Readonly<Record<string, unknown>>,
  accepted: readonly string[],
  example?: string,
): void {
  const unknown = unknownField(fields, accepted);
  if (unknown === undefined) return;
  const name = unknown.path.slice(1);
  const isParameter = Object.hasOwn(PredictQuerySchema.properties, name);
  const words = isParameter
    ? `it has no field called "${name}"; send it as ?${name}=`
    : unknown.sentence;
  const sentence = example === undefined ? words : `${words} (for example ${example})`;
  throw invalidRequest(part, { ...unknown, sentence });
}
