import type { FileMetaData } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { classNamesOf } from '../../../../src/datasets/formats/tables/class-names.ts';

const withNames = (names: unknown) => JSON.stringify({ info: { features: { label: { names } } } });
const classNames = (pairs?: FileMetaData['key_value_metadata'], column = 'label') =>
  classNamesOf({ ...(pairs && { key_value_metadata: pairs }) } as FileMetaData, column);

describe('the class names that Hugging Face keeps in a file', () => {
  it('are those of the label, found by their key', () => {
    const pairs = [
      { key: 'pandas', value: withNames(['other']) },
      { key: 'huggingface', value: withNames(['cat', 'dog']) },
    ];
    expect(classNames(pairs)).toEqual(['cat', 'dog']);
    expect(classNames(pairs, 'kind')).toBeUndefined();
  });

  it.each<[string, FileMetaData['key_value_metadata']]>([
    ['no pairs', undefined],
    ['no such key', [{ key: 'pandas', value: withNames(['a']) }]],
    ['no value', [{ key: 'huggingface' }]],
    ['no JSON', [{ key: 'huggingface', value: '{' }]],
    ['something else in the middle', [{ key: 'huggingface', value: '{"info":[]}' }]],
    ['no list', [{ key: 'huggingface', value: withNames('cat') }]],
    ['numbers among them', [{ key: 'huggingface', value: withNames(['cat', 1]) }]],
  ])('are none where there are %s', (_, pairs) => {
    expect(classNames(pairs)).toBeUndefined();
  });
});
