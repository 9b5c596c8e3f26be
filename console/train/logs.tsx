import { useEffect, useState } from 'preact/hooks';
import { send } from '../api/call.ts';
import { Problem } from '../parts/states.tsx';

/** What the job and its processes said; read when somebody opens it, and again when the job goes on. */
export function Logs({ id, state }: { readonly id: string; readonly state: string | undefined }) {
  const [isOpen, setOpen] = useState(false);
  const [text, setText] = useState('');
  const [error, setError] = useState<unknown>(undefined);
  useEffect(() => {
    if (!isOpen) return undefined;
    const leaving = new AbortController();
    send(`/train/${id}/logs`, { signal: leaving.signal })
      .then(async (response) => setText(await response.text()))
      .catch((problem: unknown) => {
        if (!leaving.signal.aborted) setError(problem);
      });
    return () => leaving.abort();
  }, [isOpen, id, state]);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>Log</summary>
      <Problem error={error} />
      <pre class="log" tabIndex={0} aria-label="Log of the job">
        {text}
      </pre>
    </details>
  );
}
