import { addressOf, send } from '../api/call.ts';
import type { Job } from '../api/job-shapes.ts';
import type { Version } from '../api/shapes.ts';
import { Confusion } from '../parts/confusion.tsx';
import { ClassTable, FigureList } from '../parts/figures.tsx';
import { Loading, Problem, Title } from '../parts/states.tsx';
import { useAction, useCall } from '../parts/use-call.ts';
import { moment } from '../parts/words.ts';
import { hrefOf } from '../route.ts';
import { Evidence } from './traffic-panel.tsx';

interface VersionPageProps {
  readonly path: string;
  readonly model: string;
  readonly version: number;
}

/** All about one version. */
export function VersionPage({ path, model, version }: VersionPageProps) {
  const { data, error } = useCall<Version>(`${path}/versions/${version}`);
  return (
    <>
      <p class="crumb">
        <a href="#/models">Models</a> / <a href={hrefOf('models', model)}>{model}</a>
      </p>
      <Title lead={data?.createdAt && `Published ${moment(data.createdAt)}.`}>
        Version {version}
      </Title>
      <Problem error={error} />
      {!data && error === undefined && <Loading what="Reading the version" />}
      {data && <Details data={data} />}
      {data && <Card path={path} version={version} />}
    </>
  );
}

function Details({ data }: { readonly data: Version }) {
  const { metrics, signature, release, lineage } = data;
  // It may be forgotten, or another server's: then there are figures, and no pictures. So the list is asked, which has it or not.
  const remembered = useCall<{ jobs: readonly Job[] }>(lineage?.job && '/train');
  const trained = remembered.data?.jobs.find(({ id }) => id === lineage?.job);
  const mistakes = trained?.mistakes;
  const classes = signature?.classes ?? [];
  return (
    <>
      {data.reason && <p class="warning">{data.reason.message}</p>}
      {metrics && <FigureList figures={metrics} />}
      <section aria-labelledby="decided-title">
        <h2 id="decided-title">What was decided</h2>
        <Evidence release={release} present={release?.present} />
      </section>
      {metrics?.confusionMatrix && (
        <section aria-labelledby="confusion-title">
          <h2 id="confusion-title">What is taken for what</h2>
          <Confusion
            matrix={metrics.confusionMatrix}
            classes={classes}
            title="Confusion matrix"
            mistakes={trained && mistakes && { ...mistakes, job: trained.id }}
          />
        </section>
      )}
      {metrics?.perClass && (
        <section aria-labelledby="classes-title">
          <h2 id="classes-title">Classes</h2>
          <ClassTable classes={metrics.perClass} />
        </section>
      )}
      <Origin data={data} isRemembered={trained !== undefined} />
    </>
  );
}

function Origin(props: { readonly data: Version; readonly isRemembered: boolean }) {
  const { lineage = {}, runtime } = props.data;
  const { job, parent, command, source, seed, architecture } = lineage;
  return (
    <section aria-labelledby="origin-title">
      <h2 id="origin-title">Where it comes from</h2>
      <ul class="plain">
        {job && (
          <li>
            Trained by{' '}
            {props.isRemembered ? (
              <a href={hrefOf('train', job)}>job {job}</a>
            ) : (
              `job ${job}, which this server does not remember`
            )}
            {parent !== undefined && `, after version ${parent}`}.
          </li>
        )}
        {source && <li>Published from {source}.</li>}
        {typeof architecture === 'string' && <li>Architecture: {architecture}.</li>}
        {seed !== undefined && <li>Seed {seed}: the same again gives the same bytes.</li>}
        {runtime && <li>Runs in {runtime === 'onnx' ? 'ONNX Runtime' : 'TensorFlow'}.</li>}
        {command && (
          <li>
            The same again: <code>{command}</code>
          </li>
        )}
      </ul>
    </section>
  );
}

/** The model card, opened or saved; it is asked for with the key, so that it is no mere link. */
function Card({ path, version }: { readonly path: string; readonly version: number }) {
  const action = useAction();
  const card = `${path}/versions/${version}/card`;
  const save = (type: string, end: string): void =>
    action.run(async () => {
      const response = await send(card, { headers: { accept: type } });
      const link = document.createElement('a');
      link.href = URL.createObjectURL(await response.blob());
      link.download = `card-${version}.${end}`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    });
  return (
    <section aria-labelledby="card-title">
      <h2 id="card-title">Model card</h2>
      <p class="faint">
        All of this on one sheet, for whoever has to decide about it: <code>{addressOf(card)}</code>
      </p>
      <div class="row">
        <button
          type="button"
          class="second"
          disabled={action.isRunning}
          onClick={() => save('text/html', 'html')}
        >
          Save as a page
        </button>
        <button
          type="button"
          class="second"
          disabled={action.isRunning}
          onClick={() => save('text/markdown', 'md')}
        >
          Save as Markdown
        </button>
      </div>
      <Problem error={action.error} />
    </section>
  );
}
