import type { ComponentChildren } from 'preact';
import { CallError } from '../api/call.ts';

const scopes: Readonly<Record<string, string>> = {
  predict: 'ask models',
  read: 'look at models, jobs and predictions',
  train: 'train and label',
  release: 'decide which version answers',
  admin: 'administer this server',
  export: 'take models out of this server',
};

/** Why something could not be done, in the words of the server, and what to do about it. */
export function Problem({ error }: { readonly error: unknown }) {
  if (error === undefined) return null;
  const { message, code, advice } = described(error);
  return (
    <div class="problem" role="alert">
      <p>{message}</p>
      {advice && <p>{advice}</p>}
      {code && <code>{code}</code>}
    </div>
  );
}

function described(error: unknown): { message: string; code?: string; advice?: string } {
  if (!(error instanceof CallError)) {
    return { message: error instanceof Error ? error.message : 'Something went wrong.' };
  }
  const { message, code, status, scope } = error;
  const wanted = scope === undefined ? '' : ` that may ${scopes[scope] ?? scope}`;
  if (status === 401)
    return { message, code, advice: `Enter a key${wanted} at the top of the page.` };
  if (status === 403 && wanted) return { message, code, advice: `This takes a key${wanted}.` };
  if (status === 429) return { message, code, advice: 'Too much at once: try again in a moment.' };
  return { message, code };
}

export function Loading({ what }: { readonly what: string }) {
  return (
    <p class="faint loading" role="status">
      {what} …
    </p>
  );
}

export function Empty({ children }: { readonly children: ComponentChildren }) {
  return <div class="empty">{children}</div>;
}

/** The heading of a page, with a sentence that says what it is for. */
export function Title({
  children,
  lead,
}: {
  readonly children: ComponentChildren;
  readonly lead?: ComponentChildren;
}) {
  return (
    <div class="title">
      <h1>{children}</h1>
      {lead && <p class="lead">{lead}</p>}
    </div>
  );
}
