import { useEffect } from 'preact/hooks';
import type { HistoryEntry } from '../api/shapes.ts';
import { Loading, Problem } from '../parts/states.tsx';
import { useCall } from '../parts/use-call.ts';
import { moment } from '../parts/words.ts';

/** What changed about a model, who did it, and why. */
export function History({ path, changes }: { readonly path: string; readonly changes: number }) {
  const { data, error, reload } = useCall<{ entries: readonly HistoryEntry[] }>(
    `${path}/history?limit=30`,
  );
  useEffect(() => {
    if (changes > 0) reload();
  }, [changes, reload]);
  return (
    <section aria-labelledby="history-title">
      <h2 id="history-title">History</h2>
      <Problem error={error} />
      {!data && error === undefined && <Loading what="Reading the history" />}
      {data?.entries.length === 0 && <p class="faint">Nothing has been changed yet.</p>}
      <ol class="history">
        {data?.entries.map((entry) => (
          <li key={entry.number}>
            <time dateTime={entry.at}>{moment(entry.at)}</time>
            <div>
              <p>{wordsOf(entry)}</p>
              {entry.why && <p class="faint">{entry.why}</p>}
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}

function wordsOf({ what, label, from, to, by }: HistoryEntry): string {
  const who = by.name ?? (by.kind === 'local' ? 'somebody on its machine' : `${by.kind} ${by.id}`);
  switch (what) {
    case 'label':
    case 'rollback': {
      const verb = what === 'label' ? 'moved' : 'was rolled back';
      return `${label ?? 'A label'} ${verb} from ${version(from)} to ${version(to)}, by ${who}.`;
    }
    case 'traffic':
      return `Production was split otherwise, by ${who}.`;
    case 'canary':
      return `The canary went on, by ${who}.`;
    case 'policy':
      return `The rule for new versions was changed, by ${who}.`;
    case 'deletion':
      return `Versions were deleted or taken back, by ${who}.`;
    default:
      return `${what}, by ${who}.`;
  }
}

function version(value: unknown): string {
  return typeof value === 'number' ? `version ${value}` : 'none';
}
