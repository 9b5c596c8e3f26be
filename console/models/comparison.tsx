import { call } from '../api/call.ts';
import type { Figures, Replay, Version } from '../api/shapes.ts';
import { useState } from 'preact/hooks';
import { Confusion } from '../parts/confusion.tsx';
import { KeptPicture } from '../parts/kept-picture.tsx';
import { Loading, Problem, Title } from '../parts/states.tsx';
import { useAction, useCall } from '../parts/use-call.ts';
import { figure, percent, points } from '../parts/words.ts';
import { hrefOf } from '../route.ts';

interface ComparisonProps {
  readonly path: string;
  readonly model: string;
  readonly one: number;
  readonly other: number;
}

/** Two versions side by side: figures, what each takes for what, and pictures on which they disagree. */
export function Comparison({ path, model, one, other }: ComparisonProps) {
  const first = useCall<Version>(`${path}/versions/${one}`);
  const second = useCall<Version>(`${path}/versions/${other}`);
  const isWaiting = (!first.data && !first.error) || (!second.data && !second.error);
  return (
    <>
      <p class="crumb">
        <a href="#/models">Models</a> / <a href={hrefOf('models', model)}>{model}</a>
      </p>
      <Title>
        Version {one} and version {other}
      </Title>
      <Problem error={first.error ?? second.error} />
      {isWaiting && <Loading what="Reading both" />}
      {first.data && second.data && <BothFigures first={first.data} second={second.data} />}
      {first.data && second.data && (
        <div class="two">
          {[first.data, second.data].map((version) => (
            <BothConfusion key={version.version} version={version} />
          ))}
        </div>
      )}
      <Disagreements path={path} model={model} one={one} other={other} />
    </>
  );
}

const rows: readonly (readonly [string, keyof Figures, (value?: number) => string])[] = [
  ['Accuracy', 'accuracy', percent],
  ['Sent as images', 'servedAccuracy', percent],
  ['Mean recall', 'macroRecall', percent],
  ['Loss', 'loss', figure],
  ['Calibration error', 'calibrationError', figure],
  ['Examples', 'examples', (value) => (value === undefined ? '–' : String(value))],
];

function BothFigures({ first, second }: { readonly first: Version; readonly second: Version }) {
  const sameExamples = first.metrics?.measuredOn === second.metrics?.measuredOn;
  return (
    <section aria-labelledby="figures-title">
      <h2 id="figures-title">Figures</h2>
      {!sameExamples && (
        <p class="warning">
          They were measured on different examples: a difference may come from these alone.
        </p>
      )}
      <div class="scroll" tabIndex={0} role="region" aria-label="Figures of both, a table">
        <table>
          <thead>
            <tr>
              <th scope="col">Figure</th>
              <th scope="col" class="number">
                Version {first.version}
              </th>
              <th scope="col" class="number">
                Version {second.version}
              </th>
              <th scope="col" class="number">
                Difference
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([name, field, words]) => {
              const [a, b] = [numberIn(first, field), numberIn(second, field)];
              return (
                <tr key={field}>
                  <th scope="row">{name}</th>
                  <td class="number">{words(a)}</td>
                  <td class="number">{words(b)}</td>
                  <td class="number">{differenceOf(a, b, words)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function numberIn({ metrics }: Version, field: keyof Figures): number | undefined {
  const value = metrics?.[field];
  return typeof value === 'number' ? value : undefined;
}

function differenceOf(
  a: number | undefined,
  b: number | undefined,
  words: (value?: number) => string,
): string {
  if (a === undefined || b === undefined) return '–';
  if (words === percent) return points(b - a);
  return `${b > a ? '+' : b < a ? '−' : '±'}${words(Math.abs(b - a))}`;
}

function BothConfusion({ version }: { readonly version: Version }) {
  const { metrics, signature } = version;
  if (!metrics?.confusionMatrix) return null;
  const id = `confusion-${version.version}`;
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>Version {version.version}</h2>
      <Confusion
        matrix={metrics.confusionMatrix}
        classes={signature?.classes ?? []}
        title={`Confusion matrix of version ${version.version}`}
      />
    </section>
  );
}

interface DisagreementsProps {
  readonly path: string;
  readonly model: string;
  readonly one: number;
  readonly other: number;
}

/** One picture that both answer, and not alike. */
interface Disagreement {
  readonly id: string;
  /** By version. */
  readonly said: Readonly<Record<number, string | undefined>>;
}

/** Pictures of the prediction log: what one of the two has answered, the other is asked about. */
function Disagreements({ path, model, one, other }: DisagreementsProps) {
  const [found, setFound] = useState<{ asked: number; disagreed: readonly Disagreement[] }>();
  const action = useAction();
  const ask = (): void =>
    action.run(async () => {
      const [first, second] = [await replayed(path, other, one), await replayed(path, one, other)];
      setFound({
        asked: first.asked + second.asked,
        disagreed: [...first.disagreed, ...second.disagreed],
      });
    });
  return (
    <section aria-labelledby="disagreements-title">
      <h2 id="disagreements-title">Where they disagree</h2>
      <p class="faint">
        Asks each of them about pictures of the last day that the other one has answered, as far as
        they are kept (GLIMPSE_PREDICTION_LOG_IMAGES).
      </p>
      <button type="button" class="second" disabled={action.isRunning} onClick={ask}>
        {action.isRunning ? 'Asking …' : 'Ask again'}
      </button>
      <Problem error={action.error} />
      {found && (
        <p role="status">
          {found.asked} pictures were asked about; on {found.disagreed.length} they disagree.
        </p>
      )}
      <ul class="pictures" aria-label="Pictures on which they disagree">
        {found?.disagreed.map(({ id, said }) => (
          <li key={id}>
            <KeptPicture model={model} id={id} />
            {[one, other].map((version) => (
              <span key={version}>
                Version {version}: {said[version]}
              </span>
            ))}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Asks `version` about what `than` has answered. */
async function replayed(
  path: string,
  version: number,
  than: number,
): Promise<{ asked: number; disagreed: Disagreement[] }> {
  const replay = await call<Replay>(`${path}/versions/${version}/replay`, {
    method: 'POST',
    json: {},
  });
  const changed = replay.changed.filter(({ before }) => before.version === than);
  return {
    asked: replay.replayed,
    disagreed: changed.map(({ id, before, after }) => ({
      id,
      said: { [than]: before.class, [version]: after.class ?? after.error },
    })),
  };
}
