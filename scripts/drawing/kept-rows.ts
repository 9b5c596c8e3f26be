import { join } from 'node:path';
import { codeOf, keepLines } from '../../bench/kept-lines.ts';
import { systemFaces } from './glyphs.ts';

/** The code that decides how a picture is drawn and what is read of it. */
const decisive = [
  'scripts/drawing',
  'src/image',
  'src/preprocessing',
  'src/serving',
  'models/digits',
];

interface KeptRow<Row> {
  readonly code: string;
  readonly asked: string;
  readonly name: string;
  readonly row: Row;
}

/** Rows of a table that were measured already: a run that is stopped goes on after the last of them. */
export interface KeptRows<Row> {
  find(name: string): Row | undefined;
  add(name: string, row: Row): void;
}

/** Of the file .glimpse/<table>.ndjson; only rows that the same code made with the same fonts, `asked` for the same. */
export function keepRows<Row>(table: string, asked: object): KeptRows<Row> {
  const root = join(import.meta.dirname, '..', '..');
  const kept = keepLines<KeptRow<Row>>(root, table);
  const [code, words] = [
    codeOf(root, decisive),
    JSON.stringify({ ...asked, faces: systemFaces() }),
  ];
  return {
    find: (name) =>
      kept.lines.find((line) => line.code === code && line.asked === words && line.name === name)
        ?.row,
    add: (name, row) => kept.add({ code, asked: words, name, row }),
  };
}
