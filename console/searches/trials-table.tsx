import { useState } from 'preact/hooks';
import type { Search, SearchTrial } from '../api/job-shapes.ts';
import { inOrder, SortHead, type Column, type Order } from '../parts/sort-head.tsx';
import { duration, figure, percent } from '../parts/words.ts';
import { hrefOf } from '../route.ts';
import { wordsOf } from './axes.ts';
import { titleOf } from './search-request.ts';

interface TrialsTableProps {
  readonly search: Search;
  readonly trials: readonly SearchTrial[];
  readonly winner: number | undefined;
  readonly shown: number | undefined;
  readonly onShown: (trial: number | undefined) => void;
}

/** Every training of a search with its settings and figures. */
export function TrialsTable({ search, trials, winner, shown, onShown }: TrialsTableProps) {
  const [order, setOrder] = useState<Order>({ column: 'accuracy', isDown: true });
  const settings = Object.keys(search.ranges);
  const columns = columnsOf(settings);
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Trials, a table">
      <table class="trials">
        <SortHead columns={columns} order={order} onOrder={setOrder} />
        <tbody>
          {inOrder(trials, columns, order).map((trial) => (
            <tr
              key={`${trial.trial}-${trial.epochs}`}
              class={trial.trial === shown ? 'shown' : undefined}
              onPointerEnter={() => onShown(trial.trial)}
              onPointerLeave={() => onShown(undefined)}
              onFocusIn={() => onShown(trial.trial)}
            >
              <th scope="row">
                {trial.job === undefined ? (
                  trial.trial
                ) : (
                  <a href={hrefOf('train', trial.job)} aria-label={`Trial ${trial.trial}`}>
                    {trial.trial}
                  </a>
                )}
                {trial.trial === winner && <span class="tag accent">best</span>}
              </th>
              {settings.map((name) => (
                <td key={name} class="number">
                  {wordsOf(trial.parameters[name])}
                </td>
              ))}
              <td class="number">{percent(trial.accuracy)}</td>
              <td class="number">{figure(trial.loss)}</td>
              <td class="number">{trial.epochs}</td>
              <td class="number">{trial.seconds === undefined ? '–' : duration(trial.seconds)}</td>
              <td>
                <span class={`state ${trial.state}`}>{trial.state}</span>
                {trial.reason && <span class="faint"> {trial.reason}</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function columnsOf(settings: readonly string[]): Column<SearchTrial>[] {
  const number = { isNumber: true } as const;
  return [
    { name: 'trial', title: 'Trial', valueOf: ({ trial }) => trial },
    ...settings.map((name) => ({
      ...number,
      // A setting may have the name of another column.
      name: `setting ${name}`,
      title: titleOf(name),
      valueOf: ({ parameters }: SearchTrial) => {
        const value = parameters[name];
        return typeof value === 'number' ? value : wordsOf(value);
      },
    })),
    {
      ...number,
      name: 'accuracy',
      title: 'Held-out accuracy',
      valueOf: ({ accuracy = -1 }) => accuracy,
    },
    { ...number, name: 'loss', title: 'Loss', valueOf: ({ loss = Infinity }) => loss },
    { ...number, name: 'epochs', title: 'Epochs', valueOf: ({ epochs }) => epochs },
    { ...number, name: 'seconds', title: 'Took', valueOf: ({ seconds = -1 }) => seconds },
    { name: 'state', title: 'State', valueOf: ({ state }) => state },
  ];
}
