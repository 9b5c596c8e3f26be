import { useState } from 'preact/hooks';
import { send } from '../api/call.ts';
import { searchOf, type Job, type Search } from '../api/job-shapes.ts';
import { FigureRows } from '../parts/figures.tsx';
import { Loading, Problem, Title } from '../parts/states.tsx';
import { useAction } from '../parts/use-call.ts';
import { duration, figure, moment, percent } from '../parts/words.ts';
import { hrefOf } from '../route.ts';
import { Logs } from '../train/logs.tsx';
import { hasEnded } from '../train/until-ended.ts';
import { useJob } from '../train/use-job.ts';
import { wordsOf } from './axes.ts';
import { ParallelCoordinates } from './parallel-coordinates.tsx';
import { titleOf } from './search-request.ts';
import { TrialsTable } from './trials-table.tsx';

/** One search as it goes on: what was tried, what came of it, and what is the best of it. */
export function SearchPage({ id }: { readonly id: string }) {
  const { job, error } = useJob(id, 'searches');
  const search = job && searchOf(job);
  const action = useAction();
  const cancel = (): void =>
    action.run(async () => {
      await send(`/searches/${id}`, { method: 'DELETE' });
    });
  return (
    <>
      <p class="crumb">
        <a href="#/train">Train</a>
      </p>
      <Title lead={job && search && leadOf(job, search)}>Search {id.slice(0, 8)}</Title>
      <Problem error={error ?? action.error} />
      {!job && error === undefined && <Loading what="Reading the search" />}
      {job && search && (
        <div class="row">
          {!hasEnded(job) && (
            <button type="button" class="second" disabled={action.isRunning} onClick={cancel}>
              Cancel
            </button>
          )}
          <WinnerLinks job={job} model={search.model} />
        </div>
      )}
      {job && search && !hasEnded(job) && <Progress job={job} search={search} />}
      {job?.error && (
        <div class="problem" role="alert">
          <p>{job.error.message}</p>
          <code>{job.error.code}</code>
        </div>
      )}
      {job?.winner && <Winner winner={job.winner} />}
      {job && search && <Trials job={job} search={search} />}
      {job && job.notes.length > 0 && (
        <ul class="plain">
          {job.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      <Logs id={id} state={job?.state} />
    </>
  );
}

function WinnerLinks({ job: { winner }, model }: { readonly job: Job; readonly model: string }) {
  return (
    <>
      {winner?.job && (
        <a class="button second" href={hrefOf('train', winner.job)}>
          See its training
        </a>
      )}
      {winner?.version !== undefined && (
        <a class="button" href={hrefOf('models', model, 'versions', winner.version)}>
          See version {winner.version}
        </a>
      )}
    </>
  );
}

function leadOf({ createdAt, state }: Job, { model, method, trials, maxSeconds }: Search): string {
  const how = method === 'random' ? 'each to its end' : 'of which the best go on';
  const bound = maxSeconds === undefined ? '' : `, for at most ${duration(maxSeconds)}`;
  return `For ${model}, ${trials} trials, ${how}${bound}; started ${moment(createdAt)}: ${state}.`;
}

function Progress({ job, search }: { readonly job: Job; readonly search: Search }) {
  const { trials = [], state, stage } = job;
  const done = trials.filter((trial) => trial.state !== 'running');
  const at = trials.find((trial) => trial.state === 'running');
  const isRandom = search.method === 'random';
  return (
    <div class="progress" role="status">
      {/* How many trainings successive halving takes is known to the server alone. */}
      {isRandom && (
        <progress max={search.trials} value={done.length} aria-label="Trials that have ended" />
      )}
      <span>
        {state === 'queued'
          ? 'Waiting for its turn'
          : stage === 'training'
            ? 'The best is trained once more'
            : `${done.length} ${isRandom ? `of ${search.trials} trials` : 'trainings'} done`}
        {at && `; trial ${at.trial} learns for ${at.epochs} epochs`}
      </span>
    </div>
  );
}

function Winner({ winner }: { readonly winner: NonNullable<Job['winner']> }) {
  const rows = Object.entries(winner.parameters).map(
    ([name, value]) => [titleOf(name), wordsOf(value)] as const,
  );
  return (
    <section aria-labelledby="winner-title">
      <h2 id="winner-title">The best: trial {winner.trial}</h2>
      <FigureRows
        rows={[
          ...rows,
          ['Held-out accuracy', percent(winner.accuracy)],
          ['Held-out loss', figure(winner.loss)],
        ]}
      />
      <p class="faint">
        It was chosen by these figures, so they are too good. Those of its version were measured on
        examples that no trial was compared by.
      </p>
    </section>
  );
}

function Trials({ job, search }: { readonly job: Job; readonly search: Search }) {
  const [shown, setShown] = useState<number>();
  const trials = job.trials ?? [];
  if (trials.length === 0) return <p class="faint">No trial has begun yet.</p>;
  return (
    <section aria-labelledby="trials-title">
      <h2 id="trials-title">Trials</h2>
      <ParallelCoordinates search={search} trials={trials} shown={shown} onShown={setShown} />
      <TrialsTable
        search={search}
        trials={trials}
        winner={job.winner?.trial}
        shown={shown}
        onShown={setShown}
      />
    </section>
  );
}
