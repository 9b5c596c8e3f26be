import { npy } from '../../support/npy.ts';
import { tar } from '../../support/tar.ts';
import { zip } from '../../support/zip.ts';
import { idx } from '../dataset-files.ts';
import {
  colour as shape,
  colourExamples,
  inside,
  lines,
  one,
  side,
  type Form,
} from './logical-dataset.ts';

const size = side * side;
const count = colourExamples.length;
const labels = Uint8Array.from(colourExamples, ({ label }) => label);

/** One plane of a channel after the other. */
const planes = (pixels: Uint8Array): number[][] =>
  [0, 1, 2].map((channel) => Array.from({ length: size }, (_, at) => pixels[at * 3 + channel]!));
const inRows = <Value>(values: readonly Value[]): Value[][] =>
  Array.from({ length: side }, (_, y) => values.slice(y * side, (y + 1) * side));
const pixelsOf = (pixels: Uint8Array): number[][] =>
  Array.from({ length: size }, (_, at) => [...pixels.subarray(at * 3, at * 3 + 3)]);

const json = (pixels: (one: Uint8Array) => unknown): string =>
  JSON.stringify(colourExamples.map((one) => ({ label: one.label, pixels: pixels(one.pixels) })));
const csv = (pixels: (one: Uint8Array) => Iterable<number>): string =>
  lines(colourExamples.map((one) => [one.label, ...pixels(one.pixels)].join(',')));
const array = (axes: readonly number[], pixels: (one: Uint8Array) => Uint8Array): Buffer =>
  zip([
    {
      name: 'x.npy',
      data: npy({
        descr: '|u1',
        shape: [count, ...axes],
        data: Buffer.concat(colourExamples.map((one) => pixels(one.pixels))),
      }),
    },
    { name: 'y.npy', data: npy({ descr: '|u1', shape: [count], data: labels }) },
  ]);
const asIs = (pixels: Uint8Array): Uint8Array => pixels;
const asPlanes = (pixels: Uint8Array): Uint8Array => Uint8Array.from(planes(pixels).flat());
const entries = () =>
  colourExamples.map(({ label, png }, at) => ({
    name: `${label}/${String(at).padStart(2, '0')}.png`,
    data: png,
  }));

const form = (name: string, rest: Omit<Form, 'name' | 'isColour'>): Form => ({
  name: `colour: ${name}`,
  ...rest,
  isColour: true,
});

/** Where the channels of a pixel lie together, and where they lie apart. */
export const colourForms: readonly Form[] = [
  form('CSV', { ...one('rows.csv', () => csv(asIs)), spec: { layout: 'hwc' } }),
  form('CSV of planes', {
    ...one('rows.csv', () => csv((pixels) => planes(pixels).flat())),
    spec: { layout: 'chw' },
  }),
  form(
    'JSON of pixels',
    one('rows.json', () => json((pixels) => inRows(pixelsOf(pixels)))),
  ),
  form(
    'JSON of planes',
    one('rows.json', () => json((pixels) => planes(pixels).map((plane) => inRows(plane)))),
  ),
  form(
    '.npz of pixels',
    one('x.npz', () => array([side, side, 3], asIs)),
  ),
  form(
    '.npz of planes',
    one('x.npz', () => array([3, side, side], asPlanes)),
  ),
  form('IDX', {
    files: async () => ({
      'train-images-idx4-ubyte': idx(
        [count, side, side, 3],
        Buffer.concat(colourExamples.map(({ pixels }) => pixels)),
      ),
      'train-labels-idx1-ubyte': idx([count], labels),
    }),
    uri: 'train-images-idx4-ubyte',
    spec: { labelsUri: 'train-labels-idx1-ubyte' },
  }),
  form('class folders', {
    ...inside('set', () => Object.fromEntries(entries().map(({ name, data }) => [name, data]))),
    spec: { shape },
  }),
  form('a tar', { ...one('set.tar', () => tar(entries())), spec: { shape } }),
];
