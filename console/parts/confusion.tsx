import { useState } from 'preact/hooks';
import { MistakePictures, type ToldMistakes } from './mistake-pictures.tsx';
import { percent } from './words.ts';

interface ConfusionProps {
  readonly matrix: readonly (readonly number[])[];
  readonly classes: readonly string[];
  readonly title: string;
  /** What was answered wrongly, where its job is remembered. */
  readonly mistakes?: ToldMistakes | undefined;
}

interface Cell {
  readonly row: number;
  readonly column: number;
}

/** More classes than this are told as a list: cells would be too small to read or to hit. */
const maxClasses = 24;

/** Which class was taken for which: a row for each true class, a column for each answer. */
export function Confusion({ matrix, classes, title, mistakes }: ConfusionProps) {
  const [chosen, setChosen] = useState<Cell>();
  if (classes.length > maxClasses) return <Mistakes matrix={matrix} classes={classes} />;
  return (
    <div class="stack">
      <div class="scroll" tabIndex={0} role="region" aria-label={title}>
        <table class="confusion">
          <caption>Rows: what it was. Columns: what was answered.</caption>
          <thead>
            <tr>
              <td />
              {classes.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {matrix.map((cells, row) => (
              <ConfusionRow
                key={classes[row]}
                cells={cells}
                row={row}
                classes={classes}
                chosen={chosen}
                onChosen={(column) => setChosen({ row, column })}
              />
            ))}
          </tbody>
        </table>
      </div>
      <p role="status" class="faint">
        {chosen ? cellInWords(matrix, classes, chosen) : invitation(mistakes)}
      </p>
      {mistakes && chosen && chosen.row !== chosen.column && hasSome(matrix, chosen) && (
        <MistakePictures
          mistakes={mistakes}
          of={{ class: classes[chosen.row]!, answered: classes[chosen.column]! }}
        />
      )}
      <Mistakes matrix={matrix} classes={classes} />
      {mistakes && (
        <>
          <h3>Worst mistakes</h3>
          <p class="faint">Those that it was surest of.</p>
          <MistakePictures mistakes={mistakes} />
        </>
      )}
    </div>
  );
}

function invitation(mistakes: ToldMistakes | undefined): string {
  return mistakes
    ? 'Choose a cell to have it in words, and to see its pictures.'
    : 'Choose a cell to have it in words.';
}

function hasSome(matrix: ConfusionProps['matrix'], { row, column }: Cell): boolean {
  return (matrix[row]?.[column] ?? 0) > 0;
}

function ConfusionRow(props: {
  readonly cells: readonly number[];
  readonly row: number;
  readonly classes: readonly string[];
  readonly chosen: Cell | undefined;
  readonly onChosen: (column: number) => void;
}) {
  const { cells, row, classes, chosen } = props;
  const total = cells.reduce((sum, cell) => sum + cell, 0);
  return (
    <tr>
      <th scope="row">{classes[row]}</th>
      {cells.map((cell, column) => (
        <td key={classes[column]}>
          <button
            type="button"
            class={row === column ? 'cell right' : cell > 0 ? 'cell wrong' : 'cell'}
            style={{ '--share': String(total === 0 ? 0 : cell / total) }}
            aria-pressed={chosen?.row === row && chosen.column === column}
            aria-label={`${cell} of ${classes[row]} answered as ${classes[column]}`}
            onClick={() => props.onChosen(column)}
          >
            {cell === 0 ? '·' : cell}
          </button>
        </td>
      ))}
    </tr>
  );
}

function cellInWords(
  matrix: ConfusionProps['matrix'],
  classes: readonly string[],
  { row, column }: Cell,
): string {
  const cells = matrix[row] ?? [];
  const total = cells.reduce((sum, cell) => sum + cell, 0);
  const cell = cells[column] ?? 0;
  const share = percent(total === 0 ? undefined : cell / total, 1);
  const verb = row === column ? 'were answered rightly' : `were taken for ${classes[column]}`;
  return `${cell} of ${total} pictures of ${classes[row]} (${share}) ${verb}.`;
}

/** The mistakes that are made most often. */
function Mistakes({ matrix, classes }: Pick<ConfusionProps, 'matrix' | 'classes'>) {
  const worst = matrix
    .flatMap((cells, row) => cells.map((cell, column) => ({ cell, row, column })))
    .filter(({ cell, row, column }) => row !== column && cell > 0)
    .toSorted((a, b) => b.cell - a.cell)
    .slice(0, 5);
  if (worst.length === 0) return <p>No mistake was made on these pictures.</p>;
  return (
    <>
      <h3>Most frequent mistakes</h3>
      <ol class="mistakes">
        {worst.map((each) => (
          <li key={`${each.row}-${each.column}`}>{cellInWords(matrix, classes, each)}</li>
        ))}
      </ol>
    </>
  );
}
