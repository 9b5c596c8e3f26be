import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Search, SearchTrial } from '../api/job-shapes.ts';
import { percent } from '../parts/words.ts';
import { axesOf, furthestOf, wordsOf, type Axis } from './axes.ts';
import { titleOf } from './search-request.ts';

interface PlotProps {
  readonly search: Search;
  readonly trials: readonly SearchTrial[];
  /** The trial that somebody looks at. */
  readonly shown: number | undefined;
  readonly onShown: (trial: number | undefined) => void;
}

const height = 320;
const top = 44;
const bottom = 16;
const side = 8;
/** So close axes may come to each other before the plot is scrolled. */
const leastGap = 132;

/** A line for each trial, through its settings to the accuracy on examples that it did not learn from. */
export function ParallelCoordinates({ search, trials, shown, onShown }: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState(640);
  const drawn = useMemo(() => furthestOf(trials), [trials]);
  const axes = useMemo(() => axesOf(search, drawn), [search, drawn]);
  useEffect(() => {
    const watch = new ResizeObserver(() => setRoom(place.current?.clientWidth ?? 640));
    watch.observe(place.current!);
    return () => watch.disconnect();
  }, []);
  const width = Math.max(room, 2 * side + (axes.length - 1) * leastGap);
  const across = (at: number): number =>
    side + (at * (width - 2 * side)) / Math.max(1, axes.length - 1);
  // The best are drawn last, and so lie above the others.
  const ordered = drawn.toSorted((a, b) => shareOf(axes, a) - shareOf(axes, b));
  return (
    <figure class="parallel">
      <figcaption>Settings, and what came of them</figcaption>
      <div ref={place} class="scroll" tabIndex={0} role="region" aria-label="Trials, a plot">
        <svg width={width} height={height} role="img" aria-label={inWords(drawn)}>
          {ordered.map((trial) => (
            <path
              key={trial.trial}
              class={trial.trial === shown ? 'trial shown' : 'trial'}
              style={{ '--share': String(shareOf(axes, trial)) }}
              d={pathOf(axes, trial, across)}
              onPointerEnter={() => onShown(trial.trial)}
              onPointerLeave={() => onShown(undefined)}
            />
          ))}
          {axes.map((axis, at) => (
            <AxisLine
              key={axis.title}
              axis={axis}
              x={across(at)}
              anchor={at === 0 ? 'start' : at === axes.length - 1 ? 'end' : 'middle'}
            />
          ))}
        </svg>
      </div>
    </figure>
  );
}

const up = (share: number): number => height - bottom - share * (height - top - bottom);

/** How far up it ends among the others. */
function shareOf(axes: readonly Axis[], trial: SearchTrial): number {
  return axes.at(-1)?.placeOf(trial) ?? 0;
}

function pathOf(axes: readonly Axis[], trial: SearchTrial, across: (at: number) => number): string {
  const points = axes.flatMap((axis, at) => {
    const share = axis.placeOf(trial);
    return share === undefined ? [] : [`${across(at).toFixed(1)} ${up(share).toFixed(1)}`];
  });
  return `M${points.join('L')}`;
}

/** The outer ones have their words inside of the plot. */
function AxisLine(props: {
  readonly axis: Axis;
  readonly x: number;
  readonly anchor: 'start' | 'middle' | 'end';
}) {
  const { axis, x, anchor } = props;
  const isLast = anchor === 'end';
  return (
    <g class="axis">
      <line x1={x} x2={x} y1={top} y2={height - bottom} />
      <text class="name" x={x} y={top - 24} text-anchor={anchor}>
        {axis.title}
      </text>
      {axis.marks.map(({ at, text }) => (
        <text
          key={text}
          x={isLast ? x - 8 : x + 8}
          y={up(at) + 4}
          text-anchor={isLast ? 'end' : 'start'}
        >
          {text}
        </text>
      ))}
    </g>
  );
}

function inWords(trials: readonly SearchTrial[]): string {
  const best = trials.toSorted((a, b) => (b.accuracy ?? 0) - (a.accuracy ?? 0))[0];
  if (!best) return 'No trial has figures yet.';
  const settings = Object.entries(best.parameters)
    .map(([name, value]) => `${titleOf(name)} ${wordsOf(value)}`)
    .join(', ');
  return `Settings of ${trials.length} trials against their held-out accuracy. The most accurate: ${settings}, ${percent(best.accuracy, 1)}. The table has all of them.`;
}
