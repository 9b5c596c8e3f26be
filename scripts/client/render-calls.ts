import { errorCatalogue } from '../../src/errors.ts';

/** As much of openapi.yaml as is needed here. */
export interface CallsContract {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly operationId?: string }>>>
  >;
}

/** `src/client/contract/calls.ts`: where each call of the contract goes, and the codes that errors have. */
export function renderCalls({ paths }: CallsContract): string {
  const calls = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { operationId }]) =>
      operationId === undefined
        ? []
        : [`  ${operationId}: ['${method.toUpperCase()}', '${path}'],`],
    ),
  );
  const codes = Object.keys(errorCatalogue).map((code) => `  '${code}',`);
  return [
    '// Written by npm run openapi.',
    '',
    '/** Method and path of every call, by its operationId. */',
    '// prettier-ignore',
    'export const calls = {',
    ...calls,
    '} as const;',
    '',
    '/** Every code that an error of the server can have; docs/errors.md says what each means. */',
    'export const errorCodes = [',
    ...codes,
    '] as const;',
    '',
  ].join('\n');
}
