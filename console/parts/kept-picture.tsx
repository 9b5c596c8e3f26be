import { useEffect, useState } from 'preact/hooks';
import { CallError, send } from '../api/call.ts';

type State = { readonly address: string } | { readonly why: string } | undefined;

/** The picture of a prediction, where the server keeps it; asked for with the key, which an address could not carry. */
export function KeptPicture({ model, id }: { readonly model: string; readonly id: string }) {
  const [state, setState] = useState<State>();
  useEffect(() => {
    const leaving = new AbortController();
    let made: string | undefined;
    const path = `/models/${encodeURIComponent(model)}/predictions/${id}/image`;
    send(path, { signal: leaving.signal })
      .then(async (response) => {
        made = URL.createObjectURL(await response.blob());
        setState({ address: made });
        return made;
      })
      .catch((error: unknown) => {
        if (leaving.signal.aborted) return;
        setState({ why: error instanceof CallError ? error.message : 'It cannot be shown.' });
      });
    return () => {
      leaving.abort();
      if (made) URL.revokeObjectURL(made);
    };
  }, [model, id]);
  if (state && 'address' in state) return <img class="kept" src={state.address} alt="" />;
  return <span class="kept missing">{state?.why ?? '…'}</span>;
}
