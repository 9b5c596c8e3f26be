import type { ClassFigures, Figures } from '../api/shapes.ts';
import { count, figure, percent } from './words.ts';

/** Figures in a list, each with its name. */
export function FigureRows({ rows }: { readonly rows: readonly (readonly [string, string])[] }) {
  return (
    <dl class="figures">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** What was measured of a version. */
export function FigureList({ figures }: { readonly figures: Figures }) {
  const rows: readonly (readonly [string, string])[] = [
    ['Accuracy', percent(figures.accuracy)],
    ...(figures.accuracyInterval
      ? [
          [
            'Its 95 % interval',
            figures.accuracyInterval.map((one) => percent(one, 1)).join(' to '),
          ] as const,
        ]
      : []),
    ['Sent as images', percent(figures.servedAccuracy)],
    ['Mean recall', percent(figures.macroRecall)],
    ['Loss', figure(figures.loss)],
    ['Calibration error', figure(figures.calibrationError)],
    ['Examples', count(figures.examples)],
  ];
  return (
    <>
      <FigureRows rows={rows} />
      {figures.measuredOn && <p class="faint">Measured on {figures.measuredOn}</p>}
    </>
  );
}

/** Precision and recall of each class. */
export function ClassTable({ classes }: { readonly classes: readonly ClassFigures[] }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Classes, a table">
      <table>
        <thead>
          <tr>
            <th scope="col">Class</th>
            <th scope="col" class="number">
              Examples
            </th>
            <th scope="col" class="number">
              Precision
            </th>
            <th scope="col" class="number">
              Recall
            </th>
          </tr>
        </thead>
        <tbody>
          {classes.map((each) => (
            <tr key={each.class}>
              <th scope="row">{each.class}</th>
              <td class="number">{count(each.examples)}</td>
              <td class="number">{percent(each.precision, 1)}</td>
              <td class="number">{percent(each.recall, 1)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
