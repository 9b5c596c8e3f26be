import { useMemo, useState } from 'preact/hooks';
import { trainingOf, type Job } from '../api/job-shapes.ts';
import { Chart, type Curve } from '../parts/chart.tsx';
import { inOrder, SortHead, type Column, type Order } from '../parts/sort-head.tsx';
import { Empty } from '../parts/states.tsx';
import { duration, moment, percent } from '../parts/words.ts';
import { hrefOf } from '../route.ts';

const columns: readonly Column<Job>[] = [
  { name: 'createdAt', title: 'Started', valueOf: (job) => job.createdAt },
  { name: 'architecture', title: 'Architecture', valueOf: architectureOf },
  { name: 'state', title: 'State', valueOf: (job) => job.state },
  {
    name: 'accuracy',
    title: 'Accuracy',
    isNumber: true,
    valueOf: (job) => job.metrics?.accuracy ?? -1,
  },
  { name: 'epochs', title: 'Epochs', isNumber: true, valueOf: (job) => job.history.length },
  { name: 'seconds', title: 'Took', isNumber: true, valueOf: (job) => secondsOf(job) ?? -1 },
];

const maxOverlaid = 6;

/** All trainings: sorted, filtered, and laid over each other. */
export function RunsTable({ jobs }: { readonly jobs: readonly Job[] }) {
  const runs = jobs.filter(({ kind }) => kind === 'train');
  const [word, setWord] = useState('');
  const [order, setOrder] = useState<Order>({ column: 'createdAt', isDown: true });
  const [chosen, setChosen] = useState<readonly string[]>([]);
  if (runs.length === 0) return <NoRuns />;
  const found = runs.filter((job) => textOf(job).includes(word.toLowerCase()));
  const shown = inOrder(found, columns, order);
  const choose = (id: string, isChosen: boolean): void => {
    const others = chosen.filter((each) => each !== id);
    setChosen(isChosen ? [...others, id].slice(-maxOverlaid) : others);
  };
  return (
    <section aria-labelledby="runs-title">
      <div class="row spread">
        <h2 id="runs-title">Runs</h2>
        <label class="inline">
          <span>Filter</span>
          <input
            type="search"
            value={word}
            onInput={({ currentTarget }) => setWord(currentTarget.value)}
          />
        </label>
      </div>
      <Overlay runs={runs.filter(({ id }) => chosen.includes(id))} />
      <div class="scroll" tabIndex={0} role="region" aria-label="Runs, a table">
        <table>
          <SortHead columns={columns} order={order} onOrder={setOrder}>
            <th scope="col">
              <span class="unseen">Lay over each other</span>
            </th>
            <th scope="col">Run</th>
          </SortHead>
          <tbody>
            {shown.map((job) => (
              <Run
                key={job.id}
                job={job}
                isChosen={chosen.includes(job.id)}
                onChosen={(isChosen) => choose(job.id, isChosen)}
              />
            ))}
          </tbody>
        </table>
      </div>
      {shown.length === 0 && <p class="faint">No run has “{word}” in it.</p>}
    </section>
  );
}

function NoRuns() {
  return (
    <Empty>
      <p class="big">Nothing trained here yet.</p>
      <p>The first training with the settings above takes some seconds.</p>
    </Empty>
  );
}

function Run(props: {
  readonly job: Job;
  readonly isChosen: boolean;
  readonly onChosen: (isChosen: boolean) => void;
}) {
  const { job, isChosen } = props;
  const seconds = secondsOf(job);
  return (
    <tr>
      <td>
        <input
          type="checkbox"
          aria-label={`Show the curve of run ${job.id}`}
          checked={isChosen}
          disabled={job.history.length === 0}
          onChange={({ currentTarget }) => props.onChosen(currentTarget.checked)}
        />
      </td>
      <th scope="row">
        <a href={hrefOf('train', job.id)}>{job.id.slice(0, 8)}</a>
        {job.version !== undefined && (
          <span class="tag">
            {trainingOf(job)?.model} {job.version}
          </span>
        )}
      </th>
      <td>{moment(job.createdAt)}</td>
      <td>{architectureOf(job)}</td>
      <td>
        <span class={`state ${job.state}`}>{job.state}</span>
      </td>
      <td class="number">{percent(job.metrics?.accuracy)}</td>
      <td class="number">{job.history.length}</td>
      <td class="number">{seconds === undefined ? '–' : duration(seconds)}</td>
    </tr>
  );
}

function Overlay({ runs }: { readonly runs: readonly Job[] }) {
  const { x, curves } = useMemo(
    () => overlaid(runs),
    [JSON.stringify(runs.map((run) => [run.id, run.history.length]))],
  );
  if (runs.length === 0) return <p class="faint">Tick runs to lay their curves over each other.</p>;
  return (
    <Chart
      title="Accuracy on examples that are not learnt from"
      x={x}
      curves={curves}
      words={(value) => percent(value, 1)}
    />
  );
}

function overlaid(runs: readonly Job[]): { x: number[]; curves: Curve[] } {
  const longest = Math.max(0, ...runs.map(({ history }) => history.length));
  const x = Array.from({ length: longest }, (_, at) => at + 1);
  const curves = runs.map((run, colour) => ({
    title: `${architectureOf(run)} ${run.id.slice(0, 4)}`,
    values: x.map(
      (_, at) => run.history[at]?.validationAccuracy ?? run.history[at]?.accuracy ?? null,
    ),
    colour,
  }));
  return { x, curves };
}

export function architectureOf(job: Job): string {
  const architecture = trainingOf(job)?.architecture;
  return typeof architecture === 'string' ? architecture : 'own layers';
}

export function secondsOf({ startedAt, endedAt }: Job): number | undefined {
  if (startedAt === undefined || endedAt === undefined) return undefined;
  return (Date.parse(endedAt) - Date.parse(startedAt)) / 1000;
}

function textOf(job: Job): string {
  return `${job.id} ${architectureOf(job)} ${job.state} ${JSON.stringify(job.request)}`.toLowerCase();
}
