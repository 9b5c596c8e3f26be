import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';

export interface Curve {
  readonly title: string;
  readonly values: readonly (number | null)[];
  /** Which of the colours of the page; curves of one run have one. */
  readonly colour: number;
  readonly dashed?: boolean;
}

interface ChartProps {
  readonly title: string;
  readonly x: readonly number[];
  readonly curves: readonly Curve[];
  /** How figures are written. */
  readonly words: (value: number) => string;
  /** Whether x is time, in seconds since 1970. */
  readonly isTime?: boolean;
}

const height = 240;

/** Curves over one axis. Whoever cannot see them has the last figure of each in words. */
export function Chart({ title, x, curves, words, isTime = false }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const shape = JSON.stringify(curves.map((each) => [each.title, each.colour, each.dashed]));
  const plot = useRef<uPlot | undefined>(undefined);
  useEffect(() => {
    const element = place.current!;
    const options = optionsOf(curves, words, isTime, element.clientWidth);
    const made = new uPlot(options, dataOf(x, curves), element);
    plot.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.destroy();
    };
    // Made anew for other curves only; new points are drawn into it below.
  }, [shape, isTime]);
  useEffect(() => plot.current?.setData(dataOf(x, curves)), [x, curves]);
  return (
    <figure class="chart">
      <figcaption>{title}</figcaption>
      <div ref={place} class="plot" role="img" aria-label={inWords(title, curves, words)} />
    </figure>
  );
}

function dataOf(x: readonly number[], curves: readonly Curve[]): uPlot.AlignedData {
  return [[...x], ...curves.map(({ values }) => [...values])];
}

function optionsOf(
  curves: readonly Curve[],
  words: (value: number) => string,
  isTime: boolean,
  width: number,
): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--faint'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  };
  return {
    width,
    height,
    scales: { x: { time: isTime } },
    legend: { show: true },
    cursor: { y: false },
    series: [
      isTime ? { label: 'Time' } : { label: 'Epoch' },
      ...curves.map((curve) => ({
        label: curve.title,
        stroke: colour(`--curve-${(curve.colour % 6) + 1}`),
        width: 2,
        spanGaps: true,
        value: (_: uPlot, value: number | null) => (value === null ? '–' : words(value)),
        ...(curve.dashed && { dash: [6, 4] }),
      })),
    ],
    axes: [
      { ...axis, ...(!isTime && { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] }) },
      { ...axis, size: 64, values: (_, ticks) => ticks.map(words) },
    ],
  };
}

function inWords(
  title: string,
  curves: readonly Curve[],
  words: (value: number) => string,
): string {
  const lasts = curves.map(({ title: name, values }) => {
    const last = values.findLast((value) => value !== null);
    return `${name}: ${typeof last === 'number' ? words(last) : 'nothing yet'}`;
  });
  return `${title}. ${lasts.join('; ')}.`;
}
