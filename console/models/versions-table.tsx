import { useState } from 'preact/hooks';
import type { Model, Version, VersionStatus } from '../api/shapes.ts';
import { count, moment, percent } from '../parts/words.ts';
import { goTo, hrefOf } from '../route.ts';

const states: Readonly<Record<VersionStatus['state'], string>> = {
  READY: 'ready',
  LOADING: 'loading',
  UNLOADED: 'at rest',
  UNLOADING: 'leaving',
  UNAVAILABLE: 'cannot be loaded',
};

interface VersionsTableProps {
  readonly model: Model;
  readonly versions: ReadonlyMap<number, Version>;
}

/** The versions of a model with their figures, newest first; two of them can be compared. */
export function VersionsTable({ model, versions }: VersionsTableProps) {
  const [chosen, setChosen] = useState<readonly number[]>([]);
  const choose = (version: number, isChosen: boolean): void => {
    const others = chosen.filter((each) => each !== version);
    // Whoever chooses a third one means it instead of the first.
    setChosen(isChosen ? [...others, version].slice(-2) : others);
  };
  const [one, other] = chosen.toSorted((a, b) => a - b);
  return (
    <section aria-labelledby="versions-title">
      <div class="row spread">
        <h2 id="versions-title">Versions</h2>
        <button
          type="button"
          disabled={one === undefined || other === undefined}
          onClick={() => goTo('models', model.model, 'compare', one!, other!)}
        >
          {other === undefined ? 'Choose two to compare' : `Compare ${one} and ${other}`}
        </button>
      </div>
      <div class="scroll" tabIndex={0} role="region" aria-label="Versions, a table">
        <table>
          <thead>
            <tr>
              <th scope="col">
                <span class="unseen">Compare</span>
              </th>
              <th scope="col">Version</th>
              <th scope="col">State</th>
              <th scope="col" class="number">
                Accuracy
              </th>
              <th scope="col" class="number">
                As images
              </th>
              <th scope="col" class="number">
                Measured on
              </th>
              <th scope="col">Published</th>
            </tr>
          </thead>
          <tbody>
            {model.versions.toReversed().map((status) => (
              <VersionRow
                key={status.version}
                model={model.model}
                status={status}
                details={versions.get(status.version)}
                isChosen={chosen.includes(status.version)}
                onChosen={(isChosen) => choose(status.version, isChosen)}
              />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

interface VersionRowProps {
  readonly model: string;
  readonly status: VersionStatus;
  readonly details: Version | undefined;
  readonly isChosen: boolean;
  readonly onChosen: (isChosen: boolean) => void;
}

function VersionRow({ model, status, details, isChosen, onChosen }: VersionRowProps) {
  const { version, state, labels, reason } = status;
  const { accuracy, servedAccuracy, examples } = details?.metrics ?? {};
  return (
    <tr>
      <td>
        <input
          type="checkbox"
          aria-label={`Compare version ${version}`}
          checked={isChosen}
          onChange={({ currentTarget }) => onChosen(currentTarget.checked)}
        />
      </td>
      <th scope="row">
        <a href={hrefOf('models', model, 'versions', version)}>{version}</a>{' '}
        {labels.map((label) => (
          <span key={label} class={label === 'production' ? 'tag accent' : 'tag'}>
            {label}
          </span>
        ))}
      </th>
      <td>
        <span class={`state ${state.toLowerCase()}`}>{states[state]}</span>
        {reason && <span class="faint"> {reason.message}</span>}
      </td>
      <td class="number">{percent(accuracy)}</td>
      <td class="number">{percent(servedAccuracy)}</td>
      <td class="number">{count(examples)}</td>
      <td>{moment(details?.createdAt)}</td>
    </tr>
  );
}
