import { useCallback, useEffect, useState } from 'preact/hooks';
import { call } from '../api/call.ts';
import { onKeyChanged } from '../api/key.ts';

export interface Asked<Shape> {
  readonly data: Shape | undefined;
  readonly error: unknown;
  /** Asks again; what is shown stays until there is something newer. */
  readonly reload: () => void;
}

/** What a call answers, asked when it is first shown, when its address or the key changes, and every so many milliseconds. */
export function useCall<Shape>(path: string | undefined, everyMs?: number): Asked<Shape> {
  const [state, setState] = useState<{ path?: string; data?: Shape; error?: unknown }>({});
  const [turn, setTurn] = useState(0);
  const reload = useCallback(() => setTurn((before) => before + 1), []);
  useEffect(() => onKeyChanged(reload), [reload]);
  useEffect(() => {
    if (path === undefined || everyMs === undefined) return undefined;
    const timer = setInterval(() => {
      if (!document.hidden) reload();
    }, everyMs);
    return () => clearInterval(timer);
  }, [path, everyMs, reload]);
  useEffect(() => {
    if (path === undefined) return undefined;
    const leaving = new AbortController();
    call<Shape>(path, { signal: leaving.signal }).then(
      (data) => setState({ path, data }),
      (error: unknown) => {
        if (!leaving.signal.aborted) setState((before) => ({ ...before, path, error }));
      },
    );
    return () => leaving.abort();
  }, [path, turn]);
  const isOf = state.path === path;
  return { data: isOf ? state.data : undefined, error: isOf ? state.error : undefined, reload };
}

/** Something that is done when somebody asks for it: whether it goes on, and how it failed. */
export function useAction(): {
  readonly isRunning: boolean;
  readonly error: unknown;
  readonly run: (work: () => Promise<void>) => void;
} {
  const [state, setState] = useState<{ isRunning: boolean; error?: unknown }>({ isRunning: false });
  const run = useCallback((work: () => Promise<void>) => {
    setState({ isRunning: true });
    work().then(
      () => setState({ isRunning: false }),
      (error: unknown) => setState({ isRunning: false, error }),
    );
  }, []);
  return { isRunning: state.isRunning, error: state.error, run };
}
