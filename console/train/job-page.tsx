import { useEffect, useMemo, useState } from 'preact/hooks';
import { send } from '../api/call.ts';
import { trainingOf, type Epoch, type Job } from '../api/job-shapes.ts';
import { Chart } from '../parts/chart.tsx';
import { Confusion } from '../parts/confusion.tsx';
import { FigureList } from '../parts/figures.tsx';
import { Loading, Problem, Title } from '../parts/states.tsx';
import { useAction } from '../parts/use-call.ts';
import { count, duration, moment, percent } from '../parts/words.ts';
import { hrefOf } from '../route.ts';
import { Logs } from './logs.tsx';
import { architectureOf, secondsOf } from './runs-table.tsx';
import { hasEnded } from './until-ended.ts';
import { useJob } from './use-job.ts';

/** One job as it goes on, and what it made. */
export function JobPage({ id }: { readonly id: string }) {
  const { job, progress, error } = useJob(id);
  const training = job && trainingOf(job);
  const action = useAction();
  const cancel = (): void =>
    action.run(async () => {
      await send(`/train/${id}`, { method: 'DELETE' });
    });
  return (
    <>
      <p class="crumb">
        <a href="#/train">Train</a>
        {job && 'trial' in job.request && (
          <>
            {' / '}
            <a href={hrefOf('train', 'searches', job.request.search)}>Search</a>
          </>
        )}
      </p>
      <Title lead={job && leadOf(job)}>Run {id.slice(0, 8)}</Title>
      <Problem error={error ?? action.error} />
      {!job && error === undefined && <Loading what="Reading the job" />}
      {job && (
        <div class="row">
          {hasEnded(job) ? (
            <a class="button second" href={`#/train?from=${id}`}>
              Train again with changes
            </a>
          ) : (
            <button type="button" class="second" disabled={action.isRunning} onClick={cancel}>
              Cancel
            </button>
          )}
          {job.version !== undefined && training && (
            <a class="button" href={hrefOf('models', training.model, 'versions', job.version)}>
              See version {job.version}
            </a>
          )}
        </div>
      )}
      {job && !hasEnded(job) && <Progress job={job} share={progress} />}
      {job && <Result job={job} />}
      {job && <Curves history={job.history} />}
      {job?.metrics?.confusionMatrix && (
        <section aria-labelledby="confusion-title">
          <h2 id="confusion-title">What is taken for what</h2>
          <Confusion
            matrix={job.metrics.confusionMatrix}
            classes={job.dataset?.classes ?? []}
            title="Confusion matrix"
            mistakes={job.mistakes && { ...job.mistakes, job: id }}
          />
        </section>
      )}
      {job && <Learnt job={job} />}
      <Logs id={id} state={job?.state} />
    </>
  );
}

function leadOf(job: Job): string {
  const seconds = secondsOf(job);
  const took = seconds === undefined ? '' : `, in ${duration(seconds)}`;
  return `${architectureOf(job)}, started ${moment(job.createdAt)}: ${job.state}${took}.`;
}

function Progress({ job, share }: { readonly job: Job; readonly share: number }) {
  const total = trainingOf(job)?.epochs ?? 0;
  const done = job.history.length;
  const last = job.history.at(-1);
  const left = last && total > done ? (total - done) * last.seconds : undefined;
  return (
    <div class="progress" role="status">
      <progress
        max={Math.max(1, total)}
        value={Math.min(total, done + share)}
        aria-label="Epochs"
      />
      <span>
        {job.state === 'queued'
          ? 'Waiting for its turn'
          : `${job.stage ?? 'Starting'}: epoch ${Math.min(total, done + 1)} of ${total}`}
        {left !== undefined && `, about ${duration(left)} left`}
      </span>
    </div>
  );
}

function Result({ job: { metrics, error, release } }: { readonly job: Job }) {
  return (
    <>
      {error && (
        <div class="problem" role="alert">
          <p>{error.message}</p>
          <code>{error.code}</code>
        </div>
      )}
      {release && <p>{release.reason}</p>}
      {metrics && <FigureList figures={metrics} />}
    </>
  );
}

function Curves({ history }: { readonly history: readonly Epoch[] }) {
  const [points, setPoints] = useState(history);
  useEffect(() => setPoints(history), [history.length]);
  const data = useMemo(() => curvesOf(points), [points]);
  if (history.length === 0) return null;
  return (
    <section aria-labelledby="curves-title">
      <h2 id="curves-title">Epoch by epoch</h2>
      <div class="two">
        <Chart title="Loss" x={data.x} curves={data.losses} words={(value) => value.toFixed(3)} />
        <Chart
          title="Accuracy"
          x={data.x}
          curves={data.accuracies}
          words={(value) => percent(value, 1)}
        />
      </div>
    </section>
  );
}

function curvesOf(history: readonly Epoch[]) {
  const curve = (title: string, valueOf: (epoch: Epoch) => number | undefined, colour: number) => ({
    title,
    values: history.map((epoch) => valueOf(epoch) ?? null),
    colour,
    dashed: colour === 1,
  });
  return {
    x: history.map(({ epoch }) => epoch),
    losses: [
      curve('learnt from', (each) => each.loss, 0),
      curve('held out', (each) => each.validationLoss, 1),
    ],
    accuracies: [
      curve('learnt from', (each) => each.accuracy, 0),
      curve('held out', (each) => each.validationAccuracy, 1),
    ],
  };
}

function Learnt({ job: { dataset, net, notes } }: { readonly job: Job }) {
  if (!dataset && notes.length === 0) return null;
  return (
    <section aria-labelledby="learnt-title">
      <h2 id="learnt-title">What it learnt from</h2>
      {dataset && (
        <p>
          {count(dataset.examples)} examples of {dataset.classes.length} classes, read as{' '}
          {dataset.format}; {count(dataset.badRows.count)} could not be read.
          {net && ` The net has ${count(net.parameters)} parameters.`}
        </p>
      )}
      <ul class="plain">
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </section>
  );
}
