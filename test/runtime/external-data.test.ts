import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { externalLocations } from '../../src/runtime/external-data.ts';
import { withExternalData } from '../support/external-onnx.ts';
import { tinyModel } from '../support/tiny-onnx.ts';

/** One field of a message that holds these bytes. */
const field = (number: number, ...bytes: Uint8Array[]): Uint8Array => {
  const writer = protobuf.Writer.create();
  for (const each of bytes) writer.uint32(number * 8 + 2).bytes(each);
  return writer.finish();
};
const joined = (...parts: Uint8Array[]): Uint8Array => Buffer.concat(parts);
const text = (value: string): Uint8Array => Buffer.from(value);

const elsewhere = Uint8Array.from([14 * 8, 1]);
const entry = (key: string, value: string): Uint8Array =>
  field(13, joined(field(1, text(key)), field(2, text(value))));
const tensorIn = (location: string): Uint8Array => joined(entry('location', location), elsewhere);

describe('the files a graph keeps weights in', () => {
  it('are none of a model that is one file', () => {
    expect(externalLocations(tinyModel())).toEqual([]);
  });

  it('are named once each, however many tensors lie in them', () => {
    expect(externalLocations(withExternalData(tinyModel(), 'net.onnx.data').graph)).toEqual([
      'net.onnx.data',
    ]);
  });

  it('are found in nodes, in graphs within nodes, in functions, in sparse tensors and in training graphs', () => {
    const attribute = (number: number, bytes: Uint8Array) =>
      field(1, field(5, field(number, bytes)));
    const graph = joined(
      field(5, tensorIn('initializer')),
      attribute(5, tensorIn('attribute')),
      attribute(10, tensorIn('attributes')),
      attribute(6, field(5, tensorIn('subgraph'))),
      attribute(11, field(5, tensorIn('subgraphs'))),
      attribute(22, field(1, tensorIn('sparse attribute'))),
      attribute(23, field(2, tensorIn('sparse attributes'))),
      field(15, joined(field(1, tensorIn('values')), field(2, tensorIn('indices')))),
    );
    const inFunction = field(7, field(5, field(5, tensorIn('function'))));
    const model = joined(
      field(7, graph),
      field(
        20,
        joined(field(1, field(5, tensorIn('start'))), field(2, field(5, tensorIn('step')))),
      ),
      field(25, inFunction),
    );
    expect(externalLocations(model)).toEqual([
      'initializer',
      'attribute',
      'attributes',
      'subgraph',
      'subgraphs',
      'sparse attribute',
      'sparse attributes',
      'values',
      'indices',
      'start',
      'step',
      'function',
    ]);
  });

  it('are not those of a tensor whose data lies in the graph after all', () => {
    const tensor = entry('location', 'left-over.bin');
    expect(externalLocations(field(7, field(5, tensor)))).toEqual([]);
  });

  it.each([
    ['text', text('this is no graph')],
    ['a file that ends too soon', tinyModel().subarray(0, 200)],
    ['a length beyond the end', Uint8Array.from([7 * 8 + 2, 255, 255, 255, 255, 15])],
    ['a number without an end', Uint8Array.from({ length: 40 }, () => 255)],
    [
      'graphs within graphs without an end',
      Array.from({ length: 200 }).reduce<Uint8Array>(
        (inner) => field(1, field(5, field(6, inner))),
        text(''),
      ),
    ],
  ])('are refused of %s', (what, bytes) => {
    const model = what.startsWith('graphs') ? field(7, bytes) : bytes;
    expect(() => externalLocations(model)).toThrow('it is not an ONNX file');
  });
});
