/** As much of openapi.yaml as is needed here. */
interface WholeContract {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: Readonly<Record<string, unknown>>;
}

/** The contract without responses of refusal: what those say is a class of its own in the client, whatever was called. */
export function onlySuccesses({ components, paths, ...rest }: WholeContract): object {
  const { responses: _refusals, ...shapes } = components;
  return { ...rest, components: shapes, paths: mapped(paths, (path) => mapped(path, succeeding)) };
}

function succeeding(operation: unknown): unknown {
  if (typeof operation !== 'object' || operation === null || !('responses' in operation))
    return operation;
  const responses = Object.entries(operation.responses ?? {});
  const kept = responses.filter(([status]) => status.startsWith('2'));
  return { ...operation, responses: Object.fromEntries(kept) };
}

function mapped<Value, Made>(
  record: Readonly<Record<string, Value>>,
  make: (value: Value) => Made,
): Record<string, Made> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, make(value)]));
}
