import { stepsOf } from '../../preprocessing/steps.ts';
import type { ImageShape } from '../dataset.ts';
import { settingOf } from './deciding-settings.ts';
import { counted, type Findings } from './findings.ts';
import type { Understood } from './look-report.ts';
import type { LookedAt } from './looked-at.ts';

/** What there is to know of the files and rows a dataset was read from. */
export function findInFiles(looked: LookedAt, understood: Understood, findings: Findings): void {
  const { opened, rows } = looked;
  for (const message of opened.notes) findings.add({ code: 'decided', severity: 'note', message });
  const { count } = opened.badRows;
  const isRefused = findings.list().some(({ code }) => code === 'bad-rows');
  if (count > 0 && !isRefused) {
    const examples = rows.badKinds().map(({ reason, names }) => `${names[0]}: ${reason}`);
    const message = `${counted(count, 'row', 'rows')} of ${opened.rowsRead} cannot be used, and will be passed over`;
    findings.add({ code: 'bad-rows', severity: 'note', message, count, examples });
  }
  if (opened.damaged.count > 0) {
    findings.add({
      code: 'damaged-images',
      severity: 'note',
      message: `${counted(opened.damaged.count, 'image has', 'images have')} lost pixels inside the file, and will be learnt from`,
      count: opened.damaged.count,
      examples: opened.damaged.rows.map(({ entry, line }) => entry ?? `line ${line}`),
    });
  }
  findIgnored(looked, findings);
  findInSizes(looked, understood, findings);
}

/** Hidden files, the marks of writers, and what is read apart are no news. */
function findIgnored({ opened: { ignored } }: LookedAt, findings: Findings): void {
  const kinds = ignored.kinds.filter(({ reason }) => !/^(hidden|left by|read apart)/.test(reason));
  const count = kinds.reduce((sum, kind) => sum + kind.count, 0);
  if (count === 0) return;
  findings.add({
    code: 'ignored-files',
    severity: 'note',
    message: `${counted(count, 'file beside the data was', 'files beside the data were')} not read: ${kinds
      .map((kind) => `${kind.count} (${kind.reason})`)
      .join(', ')}`,
    count,
    examples: kinds.flatMap(({ names }) => names),
  });
}

/** How much an image may be stretched in one direction before it is told. */
const STRETCHED = 1.5;
/** Which share of the shape an image may lack in both directions. */
const TINY = 0.5;

function findInSizes(looked: LookedAt, { originals, shapeBy }: Understood, findings: Findings) {
  if (!originals) return;
  const { dataset } = looked.opened;
  const { shape } = dataset;
  const { resize, canonicalise } = stepsOf(looked.preprocessing);
  const stretched: { index: number; by: number }[] = [];
  const tiny: number[] = [];
  let others = 0;
  for (let index = 0; index < dataset.labels.length; index += 1) {
    const size = looked.rows.originalOf(index);
    if (!size) continue;
    const by = stretchOf(size, shape);
    if (by >= STRETCHED) stretched.push({ index, by });
    if (size.width < shape.width * TINY && size.height < shape.height * TINY) tiny.push(index);
    if (size.width !== shape.width || size.height !== shape.height) others += 1;
    else if (size.channels !== shape.channels) others += 1;
  }
  const { smallest, largest, colour } = originals;
  const sizes = `${smallest === largest ? smallest : `${smallest} to ${largest}`}, ${colour} of them in colour`;
  if (shapeBy === 'default' && others > 0) {
    findings.add({
      code: 'default-shape',
      severity: 'note',
      message: `Its images (${sizes}) are brought to ${shape.width}x${shape.height} grey, since nothing else is said`,
      count: others,
      setting: settingOf('shape', [suggestedShape(looked, originals)]),
    });
  }
  const name = (index: number): string => `${looked.nameOf(index)} (${sizeText(looked, index)})`;
  if (stretched.length > 0 && resize.mode === 'fill' && canonicalise === 'none') {
    findings.add({
      code: 'stretched-images',
      severity: 'note',
      message: `${counted(stretched.length, 'image is', 'images are')} stretched to ${shape.width}x${shape.height}, in one direction at least one and a half times as much as in the other`,
      count: stretched.length,
      examples: stretched.sort((a, b) => b.by - a.by).map(({ index }) => name(index)),
      setting: {
        option: 'preprocessing',
        json: '"preprocessing": {"resize": {"mode": "contain"}}',
        cli: `--preprocessing '{"resize": {"mode": "contain"}}'`,
      },
    });
  }
  if (tiny.length > 0) {
    findings.add({
      code: 'tiny-images',
      severity: 'note',
      message: `${counted(tiny.length, 'image is', 'images are')} less than half as large as the ${shape.width}x${shape.height} to learn from`,
      count: tiny.length,
      examples: tiny.map(name),
    });
  }
}

/** How many times further an image is stretched in one direction than in the other. */
function stretchOf(size: ImageShape, shape: ImageShape): number {
  const ratio = (size.width / size.height) * (shape.height / shape.width);
  return Math.max(ratio, 1 / ratio);
}

function sizeText({ rows }: LookedAt, index: number): string {
  const { width = 0, height = 0 } = rows.originalOf(index) ?? {};
  return `${width}x${height}`;
}

/** Sides that nets of small images are made for. */
const SIDES = [128, 96, 64, 48, 32];

/** A square that most of its images fill, in colour when most are. */
function suggestedShape(
  { opened: { dataset }, rows }: LookedAt,
  { colour, grey }: NonNullable<Understood['originals']>,
): ImageShape {
  const shortest = Array.from(dataset.labels, (_, index) => {
    const { width = 0, height = 0 } = rows.originalOf(index) ?? {};
    return Math.min(width, height);
  }).sort((a, b) => a - b);
  const usual = shortest[shortest.length >> 1] ?? 0;
  const side = SIDES.find((one) => one <= Math.min(usual, 64)) ?? 28;
  return { width: side, height: side, channels: colour > grey ? 3 : 1 };
}
