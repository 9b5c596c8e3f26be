import { describe, expect, it } from 'vitest';
import { nameGroups, noting } from '../../src/datasets/images/group-names.ts';
import type { ExampleRow } from '../../src/datasets/row.ts';

const image = (entry: string): ExampleRow => ({
  line: 1,
  entry,
  label: 'a',
  values: [0],
  encoded: Uint8Array.of(1),
});

describe('groups by the names of files', () => {
  it('take what comes before the last separator, whatever the folder', () => {
    const groups = nameGroups({ group: { prefix: '_' } })!;
    const names = ['a/scene_7_001.png', 'b/scene_7_002.jpg', 'a/scene_8_001.png', 'b/lone.png'];
    for (const [index, name] of names.entries()) groups.onExample?.(index, image(name));
    expect(groups.names()).toEqual(['scene_7', 'scene_7', 'scene_8', 'lone']);
  });

  it('move together with the examples when some are left out', () => {
    const groups = nameGroups({ group: { prefix: '-' } })!;
    const seen: number[] = [];
    const observer = noting(groups, { onExample: (index) => seen.push(index) });
    for (const [index, name] of ['a-1', 'b-1', 'c-1'].entries()) {
      observer.onExample?.(index, image(name));
    }
    observer.onRemoved?.([1]);
    expect(groups.names()).toEqual(['a', 'c']);
    expect(seen).toEqual([0, 1, 2]);
  });

  it('refuse examples that are no image files', () => {
    const groups = nameGroups({ group: { prefix: '_' } })!;
    const row = { line: 3, label: 'a', values: [0] };
    expect(() => groups.onExample?.(0, row)).toThrow(
      expect.objectContaining({ code: 'GLIMPSE_DATASET_INVALID' }),
    );
  });

  it('are none where none were asked for', () => {
    expect(nameGroups({})).toBeUndefined();
    expect(nameGroups({ group: 'none' })).toBeUndefined();
  });
});
