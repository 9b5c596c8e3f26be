import { endianness } from 'node:os';
import type { Static } from 'typebox';
import { Closed, compiledWhenUsed } from '../schema.ts';
import { Type } from '../schema/builder.ts';
import { frame, unframe } from './files/framed.ts';

/** Examples that a version has learnt from, in a file of it: as pictures, and as what its net finds in them. */
export const KeptExamplesSchema = Type.Object(
  {
    file: Type.String({ description: 'Among the files of the version.' }),
    count: Type.Integer({ minimum: 1 }),
    features: Type.Integer({
      minimum: 1,
      description: 'How many numbers the net finds in each, right before its last layer.',
    }),
  },
  {
    ...Closed,
    title: 'KeptExamples',
    description: 'Training examples that are shown by explain=nearest (keepExamples).',
  },
);
export type KeptExamples = Static<typeof KeptExamplesSchema>;

/** One of them. */
export interface KeptExample {
  /** Its class by its place among those of the version. */
  readonly label: number;
  /** Which of its dataset it was, as read: from 0 on. */
  readonly row: number;
  /** What the net finds in it, of length 1; zeros where it finds nothing. */
  readonly features: Float32Array;
  readonly png: Uint8Array;
}

const FORMAT = 1;
const HeadSchema = Type.Object({
  format: Type.Literal(FORMAT),
  features: Type.Integer({ minimum: 1 }),
  examples: Type.Array(
    Type.Object({
      label: Type.Integer({ minimum: 0 }),
      row: Type.Integer({ minimum: 0 }),
      /** Bytes of its picture. */
      bytes: Type.Integer({ minimum: 1 }),
    }),
    { minItems: 1 },
  ),
});
const isHead = compiledWhenUsed(HeadSchema);

/** The bytes of such a file: a head, the features of all, then their pictures. */
export function packExamples(examples: readonly KeptExample[]): Buffer {
  const head = {
    format: FORMAT,
    features: examples[0]!.features.length,
    examples: examples.map(({ label, row, png }) => ({ label, row, bytes: png.length })),
  };
  const features = examples.map((example) => littleEndian(example.features));
  return frame(head, [...features, ...examples.map(({ png }) => png)]);
}

/** What is in such a file; undefined where it is none, or not whole. */
export function unpackExamples(bytes: Buffer): KeptExample[] | undefined {
  const framed = unframe(bytes);
  if (!framed || !isHead(framed.head)) return undefined;
  const { features: size, examples } = framed.head;
  const { body } = framed;
  const pictures = examples.reduce((sum, { bytes: length }) => sum + length, 0);
  if (body.length !== 4 * size * examples.length + pictures) return undefined;
  let at = 4 * size * examples.length;
  return examples.map(({ label, row, bytes: length }, index) => {
    const start = 4 * size * index;
    const own = Buffer.from(body.subarray(start, start + 4 * size));
    if (endianness() === 'BE') own.swap32();
    const features = new Float32Array(own.buffer, own.byteOffset, size).slice();
    const png = body.subarray(at, at + length);
    at += length;
    return { label, row, features, png };
  });
}

/** What is in the file that a manifest describes so, of a version with so many classes; or what is wrong with it. */
export function readExamples(
  bytes: Buffer,
  { file, count, features: size }: KeptExamples,
  classes: number,
): readonly KeptExample[] | { readonly fault: string } {
  const examples = unpackExamples(bytes);
  if (!examples) return { fault: `${file} holds no examples, or is not whole` };
  if (examples.length !== count || examples[0]!.features.length !== size) {
    return {
      fault: `${file} does not hold the ${count} examples of ${size} features that it names`,
    };
  }
  if (examples.some(({ label }) => label >= classes)) {
    return { fault: `${file} holds an example of a class that the version does not have` };
  }
  return examples;
}

function littleEndian(values: Float32Array): Buffer {
  const bytes = Buffer.from(values.slice().buffer);
  return endianness() === 'BE' ? bytes.swap32() : bytes;
}
