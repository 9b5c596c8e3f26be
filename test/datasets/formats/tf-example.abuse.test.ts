import { describe, expect, it } from 'vitest';
import { parseExample } from '../../../src/datasets/formats/tfrecord/tf-example.ts';
import { createRandom } from '../../../src/random.ts';

const refusal = 'it is no tf.train.Example';

describe('bytes that are no tf.train.Example', () => {
  it.each([
    ['a number that does not end', '08ffffffffffffffffffff01'],
    ['a number that is cut off', '08ff'],
    ['a length behind the end', '0a05aabb'],
    ['a length of almost 2 to the 63', '0affffffffffffffff7f'],
    ['a number where features should be', '0801'],
    ['a number where a feature should be', '0a020801'],
    ['a group, which protobuf has given up', '0b0c'],
    ['eight bytes that are four', '0900000000'],
    ['a kind of field that there is not', '0f'],
  ])('are refused: %s', (_, hex) => {
    expect(() => parseExample(Buffer.from(hex, 'hex'))).toThrow(refusal);
  });

  it('are refused or hold what they hold, whatever they are', () => {
    const random = createRandom(7);
    for (let round = 0; round < 3000; round += 1) {
      const bytes = Buffer.from(
        Array.from({ length: random.integer(40) }, () => random.integer(256)),
      );
      // Most begin as an example does.
      if (bytes.length > 1) bytes.set([0x0a, bytes.length - 2]);
      try {
        expect(parseExample(bytes)).toBeInstanceOf(Map);
      } catch (error) {
        expect((error as Error).message).toBe(refusal);
      }
    }
  });
});
