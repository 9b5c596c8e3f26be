import { useEffect, useState } from 'preact/hooks';
import { send } from '../api/call.ts';
import type { Mistakes } from '../api/job-shapes.ts';
import { Problem } from './states.tsx';
import { percent } from './words.ts';

/** What a job told of the mistakes of its net. */
export interface ToldMistakes extends Mistakes {
  readonly job: string;
}

interface MistakePicturesProps {
  readonly mistakes: ToldMistakes;
  /** Only those of this class that were answered so; without it the worst of all. */
  readonly of?: { readonly class: string; readonly answered: string } | undefined;
}

/** So many are shown before anybody has asked for some of them. */
const maxWorst = 20;

/** Pictures that were answered wrongly, cut out of the sheet of their job. */
export function MistakePictures({ mistakes, of }: MistakePicturesProps) {
  const { address, error } = useSheet(mistakes.job);
  const all = mistakes.worst.map((mistake, at) => ({ ...mistake, at }));
  const shown = of
    ? all.filter((each) => each.class === of.class && each.answered === of.answered)
    : all.slice(0, maxWorst);
  if (error !== undefined) return <Problem error={error} />;
  if (shown.length === 0)
    return <p class="faint">None of them is among the {all.length} worst, which are kept.</p>;
  return (
    <ul class="pictures" aria-label={of ? 'Pictures of this cell' : 'Worst mistakes'}>
      {shown.map((each) => (
        <li key={each.at}>
          <Picture address={address} mistakes={mistakes} at={each.at} />
          <span>
            {each.class} → {each.answered}
          </span>
          <span class="faint">{percent(each.score, 1)}</span>
        </li>
      ))}
    </ul>
  );
}

function Picture(props: {
  readonly address: string | undefined;
  readonly mistakes: ToldMistakes;
  readonly at: number;
}) {
  const { address, at } = props;
  const { cell, columns } = props.mistakes;
  const [x, y] = [(at % columns) * cell, Math.floor(at / columns) * cell];
  const size = { width: `${cell}px`, height: `${cell}px` };
  const place = { backgroundPosition: `-${x}px -${y}px` };
  const sheet = address === undefined ? {} : { backgroundImage: `url(${address})` };
  return <span class="cut" style={{ ...size, ...place, ...sheet }} />;
}

function useSheet(job: string): { readonly address?: string; readonly error?: unknown } {
  const [state, setState] = useState<{ address?: string; error?: unknown }>({});
  useEffect(() => {
    const leaving = new AbortController();
    let made: string | undefined;
    send(`/train/${job}/sheet`, { signal: leaving.signal })
      .then(async (response) => {
        made = URL.createObjectURL(await response.blob());
        setState({ address: made });
        return made;
      })
      .catch((error: unknown) => {
        if (!leaving.signal.aborted) setState({ error });
      });
    return () => {
      leaving.abort();
      if (made) URL.revokeObjectURL(made);
    };
  }, [job]);
  return state;
}
