import { describe, expect, it } from 'vitest';
import { shareOf, table, withBlock, withLead, withPart, withSection } from '../../bench/results.ts';

describe('the results', () => {
  it('replaces one section and leaves the others as they were', () => {
    const serving = withSection('', 'Serving', 'fast\n\n### Start\n\nsoon');
    const both = withSection(serving, 'Training', 'old');
    expect(withSection(both, 'Training', 'new')).toBe(both.replace('old', 'new'));
    expect(withSection(both, 'Serving', 'slow')).toContain('## Serving\n\nslow\n\n## Training');
  });

  it('keeps its sections in one order, whichever was written first', () => {
    const one = withSection(withSection('', 'Serving', 'a'), 'Accuracy', 'b');
    const other = withSection(withSection('', 'Accuracy', 'b'), 'Serving', 'a');
    expect(other).toBe(one);
    expect(one).toMatch(/^# Results\n\n.*\n\n## Serving\n\na\n\n## Accuracy\n\nb\n$/);
  });

  it('drops what no command writes any more', () => {
    expect(withSection('# Old\n\n## Gone\n\nfigures\n', 'Serving', 'a')).not.toContain('Gone');
  });
});

describe('a part of a section', () => {
  const before = withSection('', 'Serving', 'fast\n\n### Start\n\nsoon\n\n### Predict\n\nmuch');

  it('is replaced where it stands, and the parts around it stay', () => {
    expect(withPart(before, 'Serving', 'Start', 'late')).toBe(before.replace('soon', 'late'));
    expect(withPart(before, 'Serving', 'Predict', 'less')).toBe(before.replace('much', 'less'));
  });

  it('is added at the end where the section did not have it', () => {
    const once = withPart(before, 'Serving', 'More', 'new');
    expect(once).toBe(`${before.trimEnd()}\n\n### More\n\nnew\n`);
    expect(withPart(once, 'Serving', 'More', 'new')).toBe(once);
    expect(withPart('', 'Serving', 'More', 'new')).toMatch(/## Serving\n\n### More\n\nnew\n$/);
  });
});

describe('what stands before the parts of a section', () => {
  it('is replaced, and the parts stay', () => {
    const before = withSection('', 'Serving', 'fast\n\n### Start\n\nsoon\n\n### Predict\n\nmuch');
    expect(withLead(before, 'Serving', 'slow')).toBe(before.replace('fast', 'slow'));
    expect(withLead('', 'Serving', 'slow')).toBe(withSection('', 'Serving', 'slow'));
    const parts = withPart('', 'Serving', 'Start', 'soon');
    expect(withLead(parts, 'Serving', 'slow')).toBe(
      before.replace(/fast/, 'slow').replace(/\n\n### Predict[^]*/, '\n'),
    );
  });
});

describe('a block of a page', () => {
  it('takes what was between its comments, and nothing else', () => {
    const page = 'before\n\n<!-- figures -->\n\nold\n\n<!-- /figures -->\n\nafter\n';
    expect(withBlock(page, 'figures', 'new')).toBe(page.replace('old', 'new'));
  });

  it('must be there', () => {
    expect(() => withBlock('no comments', 'figures', 'new')).toThrow('<!-- figures -->');
  });
});

describe('a share', () => {
  it('says within what it lies with 95 % confidence', () => {
    expect(shareOf(50, 100)).toBe('50.0 % (40.4 to 59.6)');
    expect(shareOf(0, 100)).toBe('0.0 % (0.0 to 3.7)');
  });
});

describe('table', () => {
  it('pads its columns, the first to the left and the others to the right', () => {
    expect(
      table([
        ['body', 'ms'],
        ['a', '1.25'],
      ]),
    ).toBe('| body |   ms |\n| ---- | ---: |\n| a    | 1.25 |');
  });
});
