/** One line of a chart: y over x, in the order given. */
export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Which of the colours of the palette. */
  readonly colour: number;
  readonly isDashed: boolean;
}

export interface Panel {
  readonly title: string;
  readonly yAxis: 'share' | 'logarithmic';
  readonly lines: readonly Line[];
}

/** Plain classes and no variables, so that every renderer of SVG shows it; those that know it follow the reader's colour scheme. */
const light = {
  ground: '#ffffff',
  text: '#1f2328',
  faint: '#59636e',
  grid: '#e3e7ec',
  lines: ['#bc4c00', '#0969da', '#1a7f37', '#8250df', '#bf3989', '#57606a'],
};
const dark: typeof light = {
  ground: '#0d1117',
  text: '#e6edf3',
  faint: '#9198a1',
  grid: '#262c36',
  lines: ['#ffa657', '#58a6ff', '#56d364', '#d2a8ff', '#ff7bc8', '#afb8c1'],
};

function colours({ ground, text, faint, grid, lines }: typeof light): string {
  return [
    `.ground { fill: ${ground}; stroke: ${grid}; }`,
    `text { fill: ${faint}; }`,
    `.title, .name { fill: ${text}; }`,
    `.grid { stroke: ${grid}; }`,
    ...lines.map(
      (colour, index) => `.c${index} { stroke: ${colour}; } .end.c${index} { fill: ${colour}; }`,
    ),
  ].join('\n');
}

const style = `
text { font: 12px ui-sans-serif, system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
.title { font-weight: 600; font-size: 15px; }
.line { fill: none; stroke-width: 2.2; stroke-linejoin: round; stroke-linecap: round; }
.dashed { stroke-dasharray: 5 5; stroke-width: 1.6; }
${colours(light)}
@media (prefers-color-scheme: dark) {
${colours(dark)}
}`;
const COLOURS = 6;
const frame = { width: 460, height: 330, left: 60, right: 62, top: 52, bottom: 44 } as const;
const LEGEND_ROW = 22;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
const place = (value: number): string => String(Math.round(value * 10) / 10);

/** Panels side by side under one legend, as a picture that needs nothing but itself. */
export function drawChart(panels: readonly Panel[], xTitle: string): string {
  const names = new Map(panels.flatMap(({ lines }) => lines.map((line) => [line.name, line])));
  const rows = Math.ceil(names.size / 2);
  const width = frame.width * panels.length;
  const height = frame.height + rows * LEGEND_ROW + 20;
  const body = [
    `<rect class="ground" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>`,
    ...panels.map(
      (panel, index) =>
        `<g transform="translate(${index * frame.width} 0)">\n${drawPanel(panel, xTitle)}\n</g>`,
    ),
    ...[...names.values()].map((line, index) => drawName(line, index, width / 2)),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<style>${style}
</style>
${body.join('\n')}
</svg>
`;
}

function drawPanel({ title, yAxis, lines }: Panel, xTitle: string): string {
  const { bottom, height, left, right, top, width } = frame;
  const xs = lines.flatMap(({ points }) => points.map(([x]) => x));
  const ys = lines.flatMap(({ points }) => points.map(([, y]) => y)).filter((y) => y > 0);
  const xEnd = Math.max(1, ...xs);
  const ticks = yAxis === 'share' ? shareTicks(ys) : decadeTicks(ys);
  const [low, high] = [scaled(ticks[0]!.at, yAxis), scaled(ticks.at(-1)!.at, yAxis)];
  const atX = (x: number): number => left + (x / xEnd) * (width - left - right);
  const atY = (y: number): number => {
    const share = Math.min(1, Math.max(0, (scaled(y, yAxis) - low) / (high - low)));
    return height - bottom - share * (height - top - bottom);
  };
  return [
    `<text class="title" x="${left}" y="30">${escaped(title)}</text>`,
    ...ticks.flatMap(({ at, text }) => [
      `<line class="grid" x1="${left}" x2="${width - right}" y1="${place(atY(at))}" y2="${place(atY(at))}"/>`,
      `<text x="${left - 6}" y="${place(atY(at) + 4)}" text-anchor="end">${text}</text>`,
    ]),
    ...wholeTicks(xEnd).map(
      (x) =>
        `<text x="${place(atX(x))}" y="${height - bottom + 18}" text-anchor="middle">${x}</text>`,
    ),
    `<text x="${place((left + width - right) / 2)}" y="${height - bottom + 36}" text-anchor="middle">${escaped(xTitle)}</text>`,
    ...lines.map(({ colour, isDashed, points }) => {
      const path = points.map(([x, y]) => `${place(atX(x))},${place(atY(y))}`).join(' ');
      const [lastX, lastY] = points.at(-1) ?? [0, 0];
      const end = `<circle class="end c${colour % COLOURS}" cx="${place(atX(lastX))}" cy="${place(atY(lastY))}" r="3"/><text class="name" x="${place(atX(lastX) + 8)}" y="${place(atY(lastY) + 4)}">${inWords(lastY, yAxis)}</text>`;
      return `${isDashed ? '' : end}<polyline class="line c${colour % COLOURS}${isDashed ? ' dashed' : ''}" points="${path}"/>`;
    }),
  ].join('\n');
}

const inWords = (y: number, axis: Panel['yAxis']): string =>
  axis === 'share' ? `${(y * 100).toFixed(1)} %` : y.toPrecision(2);

function drawName({ colour, isDashed, name }: Line, index: number, column: number): string {
  const x = frame.left + (index % 2) * column;
  const y = frame.height + 16 + Math.floor(index / 2) * LEGEND_ROW;
  return `<line class="line c${colour % COLOURS}${isDashed ? ' dashed' : ''}" x1="${x}" x2="${x + 26}" y1="${y}" y2="${y}"/><text class="name" x="${x + 34}" y="${y + 4}">${escaped(name)}</text>`;
}

/** A share is drawn by what is missing to 1, on a scale of decades: there the differences are. */
function scaled(y: number, axis: Panel['yAxis']): number {
  return axis === 'share' ? -Math.log10(Math.max(1 - y, 5e-4)) : Math.log10(y);
}

interface Tick {
  readonly at: number;
  readonly text: string;
}

function shareTicks(ys: readonly number[]): Tick[] {
  const all = [0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 1];
  return between(all, ys).map((at) => ({ at, text: `${Number((at * 100).toFixed(1))} %` }));
}

function decadeTicks(ys: readonly number[]): Tick[] {
  const all = [-4, -3, -2, -1, 0, 1, 2].flatMap((power) =>
    [1, 2, 5].map((factor) => Number(`${factor}e${power}`)),
  );
  return between(all, ys).map((at) => ({ at, text: String(at) }));
}

/** The ticks that frame all values: the last one below or at them, to the first above. */
function between(all: readonly number[], ys: readonly number[]): number[] {
  const [low, high] = [Math.min(...ys), Math.max(...ys)];
  const first = Math.max(
    0,
    all.findLastIndex((tick) => tick <= low),
  );
  const found = all.findIndex((tick) => tick >= high);
  const last = found < 0 ? all.length - 1 : found;
  return all.slice(Math.min(first, last - 1), last + 1);
}

/** At most seven whole numbers from 0 to the end. */
function wholeTicks(end: number): number[] {
  const step = [1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1000].find((size) => end / size <= 7);
  const size = step ?? Math.ceil(end / 7);
  return Array.from({ length: Math.floor(end / size) + 1 }, (_, index) => index * size);
}
