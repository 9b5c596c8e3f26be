import { describe, expect, it } from 'vitest';
import { readPickle } from '../../../src/datasets/formats/cifar/read-pickle.ts';
import { createRandom } from '../../../src/random.ts';
import { pickledBatch } from '../../support/pickled-cifar.ts';

const pickle = (codes: string): Buffer => Buffer.from(`\x80\x02${codes}`, 'latin1');

describe('a pickle', () => {
  it('of plain values is read', () => {
    expect(
      readPickle(pickle('}(U\x01aK\x07U\x01b](K\x01M\x01\x01J\xff\xff\xff\xffeU\x01cNu.')),
    ).toEqual(
      new Map<string, unknown>([
        ['a', 7],
        ['b', [1, 257, -1]],
        ['c', null],
      ]),
    );
    expect(
      readPickle(pickle(']q\x00h\x00\x85q\x01r\x02\x00\x00\x00j\x02\x00\x00\x00\x86.')),
    ).toEqual([[[]], [[]]]);
    const twice = readPickle(pickle('}U\x01k\x88sU\x01l]\x89as.')) as Map<string, unknown>;
    expect([...twice]).toEqual([
      ['k', true],
      ['l', [false]],
    ]);
  });

  it.each([
    ['a call of the system', 'cos\nsystem\nU\x02id\x85R.', 'it names "os system" of Python'],
    ['the same in two parts', 'cposix\nsystem\n(U\x02idtR.', 'it names "posix system" of Python'],
    ['builtins', 'c__builtin__\neval\nU\x011\x85R.', 'it names "__builtin__ eval" of Python'],
    ['another function of NumPy', 'cnumpy\nload\nU\x01x\x85R.', 'it names "numpy load" of Python'],
    ['an object of a class', '(cos\nsystem\no.', 'it names "os system" of Python'],
    ['an instance', '(ios\nsystem\n.', 'an operation that is not read (0x69)'],
    ['a name on the stack', 'U\x02osU\x06system\x93.', 'an operation that is not read (0x93)'],
    ['an extension', '\x82\x01.', 'an operation that is not read (0x82)'],
    ['something kept elsewhere', 'U\x01xQ.', 'an operation that is not read (0x51)'],
    ['the type called with numbers', 'cnumpy\ndtype\nU\x02O8K\x00K\x01\x87R.', 'not of bytes'],
    ['a class that is called', 'cnumpy\nndarray\nK\x01\x85R.', 'not of bytes'],
    ['a number that is called', 'K\x01K\x01\x85R.', 'not of bytes'],
    ['a state for a list', ']K\x01b.', 'it has an array that is not of bytes, row by row'],
    ['a text that is longer than the file', 'T\xff\xff\xff\x7fabc.', 'it ends too early'],
    ['a text of less than nothing', 'T\xff\xff\xff\xffabc.', 'it ends too early'],
    ['a name without an end', `c${'x'.repeat(200)}\n.`, 'it has a name without an end'],
    ['nothing on the stack', '.', 'it takes what is not there'],
    ['a tuple of nothing', '\x87.', 'it takes what is not there'],
    ['a tuple across a mark', 'K\x01(\x85.', 'it takes what is not there'],
    ['an end without a mark', 'K\x01t.', 'it takes what is not there'],
    ['what was not remembered', 'h\x05.', 'it takes what is not there'],
    ['items for a number', 'K\x01K\x02a.', 'it adds to what is no list'],
    ['a key of a list', ']U\x01aK\x01s.', 'it sets a key of nothing'],
    ['a key without a value', '}(U\x01au.', 'it sets a key of nothing'],
    ['a key that is a number', '}K\x01K\x01s.', 'it has a key that is no text'],
    ['no end', 'K\x01', 'it ends too early'],
  ])('is refused for %s', (_, codes, reason) => {
    expect(() => readPickle(pickle(codes))).toThrow(reason);
  });

  it.each(['\x80\x04K\x01.', '(dp0\n.', '', '\x80'])(
    'is refused in another protocol: %j',
    (text) => {
      expect(() => readPickle(Buffer.from(text, 'latin1'))).toThrow(
        /it is not of protocol 2|it ends too early/,
      );
    },
  );

  it('has keys of any name, which are no more than keys', () => {
    const read = readPickle(pickle('}(U\x09__proto__K\x01U\x0bconstructorK\x02u.'));
    expect([...(read as Map<string, unknown>).keys()]).toEqual(['__proto__', 'constructor']);
    expect(Object.prototype).not.toHaveProperty('1');
  });

  it('that was changed anywhere is read or refused, in no time', () => {
    const whole = pickledBatch([1, 2], Buffer.alloc(6144, 7));
    const random = createRandom(5);
    for (let round = 0; round < 1500; round += 1) {
      const bytes = Buffer.from(whole);
      for (let changes = 0; changes < 3; changes += 1) {
        const at = random.integer(2) === 0 ? random.integer(260) : random.integer(bytes.length);
        bytes[at] = random.integer(256);
      }
      try {
        readPickle(bytes);
      } catch (error) {
        expect((error as Error).message).toMatch(/^it /);
      }
    }
  });
});
