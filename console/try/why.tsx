import { useEffect, useState } from 'preact/hooks';
import { call } from '../api/call.ts';
import type { NearestExample, PredictResponse, SeenInput } from '../api/shapes.ts';
import { Loading, Problem } from '../parts/states.tsx';
import { percent } from '../parts/words.ts';
import { pathOf, type Target } from './targets.ts';

type Told = PredictResponse['predictions'][number];

/** What an answer hangs on, found when somebody asks: it takes the model as long as some two hundred answers. */
export function Why({ picture, target }: { readonly picture: Blob; readonly target: Target }) {
  const path = pathOf(target);
  const [state, setState] = useState<{ told?: Told | undefined; error?: unknown }>();
  useEffect(() => setState(undefined), [picture, path]);
  if (!state) {
    const ask = (): void => {
      setState({});
      askWhy(picture, path).then(
        (told) => setState({ told }),
        (error: unknown) => setState({ error }),
      );
    };
    return (
      <button type="button" class="quiet" onClick={ask}>
        Why this answer?
      </button>
    );
  }
  const { told, error } = state;
  if (error !== undefined) return <Problem error={error} />;
  if (!told || !('label' in told)) return <Loading what="Asking the model why" />;
  const { label, occlusion, gradient, nearest } = told;
  return (
    <section class="why" aria-label="Why this answer">
      {occlusion && (
        <Map map={occlusion} alt={`Where the score of ${label} falls when a part is covered`}>
          covered here, {label} is less likely
        </Map>
      )}
      {gradient && (
        <Map map={gradient} alt={`The points that speak for ${label}, and against it`}>
          red speaks for {label}, blue against it
        </Map>
      )}
      {nearest && <Nearest examples={nearest} />}
    </section>
  );
}

async function askWhy(picture: Blob, path: string): Promise<Told | undefined> {
  const form = new FormData();
  form.set('image', picture, picture instanceof File ? picture.name : 'drawing.png');
  const question = `${path}?explain=true&topK=1`;
  const answer = await call<PredictResponse>(question, { method: 'POST', body: form });
  return answer.predictions[0];
}

interface MapProps {
  readonly map: Omit<SeenInput, 'channels'>;
  readonly alt: string;
  readonly children: preact.ComponentChildren;
}

function Map({ map: { width, height, png }, alt, children }: MapProps) {
  return (
    <figure class="saw">
      <img
        class={Math.max(width, height) <= 64 ? 'coarse' : undefined}
        src={`data:image/png;base64,${png}`}
        alt={alt}
      />
      <figcaption>{children}</figcaption>
    </figure>
  );
}

/** What the version has learnt that is likest the picture, of one that keeps examples. */
function Nearest({ examples }: { readonly examples: readonly NearestExample[] }) {
  return (
    <div>
      <p class="faint">What it has learnt that is likest</p>
      <ul class="pictures" aria-label="Training examples that are likest it">
        {examples.map(({ row, label, similarity, png }) => (
          <li key={row}>
            <img class="coarse" src={`data:image/png;base64,${png}`} alt={`Learnt as ${label}`} />
            <span>{label}</span>
            <span class="faint">{percent(similarity, 0)} alike</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
