import { useEffect, useState } from 'preact/hooks';
import { call } from '../api/call.ts';
import { onKeyChanged } from '../api/key.ts';
import type { PredictResponse, SeenInput } from '../api/shapes.ts';
import { Bars } from '../parts/bars.tsx';
import { Loading, Problem } from '../parts/states.tsx';
import { duration, percent, warningWords } from '../parts/words.ts';
import { nameOf, pathOf, type Target } from './targets.ts';
import { Why } from './why.tsx';

interface AnswerProps {
  readonly picture: Blob;
  readonly target: Target;
}

/** What one version says about one picture. */
export function Answer({ picture, target }: AnswerProps) {
  const { answer, error } = useAnswer(picture, target);
  const name = nameOf(target);
  if (error !== undefined) return <Problem error={error} />;
  if (!answer) return <Loading what={`Asking ${name}`} />;
  const [prediction] = answer.predictions;
  if (!prediction) return <Problem error={new Error('There was no answer to this picture.')} />;
  if ('error' in prediction) return <Problem error={new Error(prediction.error.message)} />;
  if (!('label' in prediction)) return <Read said={prediction.written} by={answer} />;
  const { label, score, top, warnings = [], saw } = prediction;
  const took = Object.values(answer.evidence?.milliseconds ?? {}).reduce((sum, ms) => sum + ms, 0);
  return (
    <section class="answer" aria-live="polite" aria-label={`Answer of ${name}`}>
      <div class="said-and-saw">
        <p class="said">
          <span class="class">{label}</span>
          <span class="faint">
            {percent(score, 1)} · {answer.model}, version {answer.version}
            {took > 0 && ` · ${duration(took / 1000)}`}
          </span>
        </p>
        {saw && <Saw saw={saw} />}
      </div>
      {warnings.map((warning) => (
        <p key={warning} class="warning">
          {warningWords[warning] ?? `Warning: ${warning}.`}
        </p>
      ))}
      <Bars top={top} title={`Scores of ${name}`} />
      <Why picture={picture} target={target} />
    </section>
  );
}

/** What a picture says, of a version that reads every digit of it. */
function Read({ said, by }: { readonly said: string; readonly by: PredictResponse }) {
  return (
    <section class="answer" aria-live="polite">
      <p class="said">
        <span class="class">{said === '' ? 'no digit' : said}</span>
        <span class="faint">
          {by.model}, version {by.version}
        </span>
      </p>
    </section>
  );
}

/** What the preprocessing made of the picture, point by point: where an answer surprises, the reason is often here. */
function Saw({ saw: { width, height, png } }: { readonly saw: SeenInput }) {
  return (
    <figure class="saw">
      <img
        class={Math.max(width, height) <= 64 ? 'coarse' : undefined}
        src={`data:image/png;base64,${png}`}
        alt={`What the model saw, ${width} by ${height} pixels`}
      />
      <figcaption>
        It saw {width} × {height}
      </figcaption>
    </figure>
  );
}

function useAnswer(
  picture: Blob,
  target: Target,
): { readonly answer?: PredictResponse; readonly error?: unknown } {
  const [state, setState] = useState<{ answer?: PredictResponse; error?: unknown }>({});
  const [turn, setTurn] = useState(0);
  const path = pathOf(target);
  useEffect(() => onKeyChanged(() => setTurn((before) => before + 1)), []);
  useEffect(() => {
    const leaving = new AbortController();
    const form = new FormData();
    form.set('image', picture, picture instanceof File ? picture.name : 'drawing.png');
    call<PredictResponse>(`${path}?evidence=true&explain=input&topK=5`, {
      method: 'POST',
      body: form,
      signal: leaving.signal,
    }).then(
      (answer) => setState({ answer }),
      (error: unknown) => {
        if (!leaving.signal.aborted) setState({ error });
      },
    );
    return () => leaving.abort();
  }, [picture, path, turn]);
  return state;
}
