import { useEffect, useMemo, useState } from 'preact/hooks';
import { send } from '../api/call.ts';
import { onKeyChanged } from '../api/key.ts';
import { Chart } from '../parts/chart.tsx';
import { FigureRows } from '../parts/figures.tsx';
import { Loading, Problem, Title } from '../parts/states.tsx';
import { duration, percent } from '../parts/words.ts';
import { lookAt, quantileBetween, type Look } from './read-metrics.ts';

const everyMs = 2000;
/** Ten minutes. */
const maxLooks = 300;

/** What the server does just now, from its figures for Prometheus. */
export function LivePage() {
  const { looks, error } = useLooks();
  const last = looks.at(-1);
  return (
    <>
      <Title lead="What this server does just now, from the figures it has for Prometheus. Nothing is stored: the curves begin when you open this page.">
        Live
      </Title>
      <Problem error={error} />
      {!last && error === undefined && <Loading what="Reading the figures" />}
      {last && <Now looks={looks} />}
      {last && <Curves looks={looks} />}
      {last && <Watched look={last} />}
    </>
  );
}

function useLooks(): { readonly looks: readonly Look[]; readonly error: unknown } {
  const [looks, setLooks] = useState<readonly Look[]>([]);
  const [error, setError] = useState<unknown>(undefined);
  useEffect(() => {
    const leaving = new AbortController();
    const look = async (): Promise<void> => {
      if (document.hidden) return;
      try {
        const text = await (await send('/metrics', { signal: leaving.signal })).text();
        setLooks((before) => [...before, lookAt(text, Date.now() / 1000)].slice(-maxLooks));
        setError(undefined);
      } catch (problem) {
        if (!leaving.signal.aborted) setError(problem);
      }
    };
    const timer = setInterval(() => void look(), everyMs);
    const forget = onKeyChanged(() => void look());
    void look();
    return () => {
      clearInterval(timer);
      forget();
      leaving.abort();
    };
  }, []);
  return { looks, error };
}

const share = (part: number, of: number): string => (of > 0 ? percent(part / of, 1) : '–');

/** Of the last minute. */
function Now({ looks }: { readonly looks: readonly Look[] }) {
  const after = looks.at(-1)!;
  const before = looks.find(({ at }) => after.at - at <= 60) ?? after;
  const seconds = Math.max(1, after.at - before.at);
  const calls = after.requests - before.requests;
  const images = after.images - before.images;
  const quantile = (share: number): string => {
    const found = quantileBetween(before, after, share);
    return found === undefined ? '–' : duration(found);
  };
  const rows: readonly (readonly [string, string])[] = [
    ['Calls a second', (calls / seconds).toFixed(1)],
    ['Half within', quantile(0.5)],
    ['95 % within', quantile(0.95)],
    ['99 % within', quantile(0.99)],
    ['Faults', share(after.faults - before.faults, calls)],
    ['Refused', share(after.refusals - before.refusals, calls)],
    ['Warned', share(after.warned - before.warned, images)],
    ['Answered since the start', after.images.toLocaleString('en')],
  ];
  return <FigureRows rows={rows} />;
}

function Curves({ looks }: { readonly looks: readonly Look[] }) {
  const data = useMemo(() => {
    const pairs = looks.slice(1).map((after, at) => [looks[at]!, after] as const);
    const curve = (
      title: string,
      colour: number,
      valueOf: (a: Look, b: Look) => number | undefined,
    ) => ({
      title,
      colour,
      values: pairs.map(([before, after]) => valueOf(before, after) ?? null),
    });
    return {
      x: pairs.map(([, { at }]) => at),
      rate: [curve('calls a second', 0, (a, b) => (b.requests - a.requests) / (b.at - a.at))],
      latency: [
        curve('half', 0, (a, b) => quantileBetween(a, b, 0.5)),
        curve('95 %', 1, (a, b) => quantileBetween(a, b, 0.95)),
        curve('99 %', 2, (a, b) => quantileBetween(a, b, 0.99)),
      ],
    };
  }, [looks]);
  if (data.x.length < 2) return <p class="faint">The curves begin in a moment.</p>;
  return (
    <div class="two">
      <Chart
        title="Predict calls"
        x={data.x}
        curves={data.rate}
        isTime
        words={(value) => value.toFixed(1)}
      />
      <Chart title="How long they take" x={data.x} curves={data.latency} isTime words={duration} />
    </div>
  );
}

/** What tells whether the pictures, or the answers, are not those of the training any more. */
function Watched({ look: { drift, accuracy } }: { readonly look: Look }) {
  return (
    <section aria-labelledby="watched-title">
      <h2 id="watched-title">Drift and accuracy</h2>
      {drift.length === 0 && accuracy.length === 0 ? (
        <p class="faint">
          Nothing yet: drift is told once enough pictures have come, accuracy once somebody has{' '}
          <a href="#/review">labelled</a> some.
        </p>
      ) : (
        <FigureRows
          rows={[
            ...drift.map(({ name, value }) => [`Drift of ${name}`, value.toFixed(3)] as const),
            ...accuracy.map(({ name, value }) => [`Accuracy of ${name}`, percent(value)] as const),
          ]}
        />
      )}
    </section>
  );
}
