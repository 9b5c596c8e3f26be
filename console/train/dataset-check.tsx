import { useEffect, useState } from 'preact/hooks';
import { call, send } from '../api/call.ts';
import type { DatasetLook, Job } from '../api/job-shapes.ts';
import { Problem } from '../parts/states.tsx';
import { useAction } from '../parts/use-call.ts';
import { count } from '../parts/words.ts';
import { bodyOf, datasetOf, type Wanted } from './train-request.ts';
import { untilEnded } from './until-ended.ts';

/** What the server understands of a dataset, before anything is trained on it. */
export function DatasetCheck({ wanted }: { readonly wanted: Wanted }) {
  const [look, setLook] = useState<DatasetLook>();
  const action = useAction();
  useEffect(() => setLook(undefined), [wanted.source, wanted.files]);
  const start = (): void =>
    action.run(async () => {
      setLook(undefined);
      // Without a word the server learns from its own digits; to be looked at they have to be named.
      const dataset = { uri: 'sample:', ...datasetOf(wanted) };
      const { uri, ...uploaded } = dataset;
      const request = { dataset: wanted.source === 'upload' ? uploaded : { uri, ...uploaded } };
      const job = await call<Job>('/datasets?dryRun=true', {
        method: 'POST',
        ...bodyOf(request, wanted),
      });
      const ended = await untilEnded(job.id);
      if (!ended.looked) throw new Error(ended.error?.message ?? 'It could not be looked at.');
      setLook(ended.looked);
    });
  return (
    <div>
      <button type="button" class="second" disabled={action.isRunning} onClick={start}>
        {action.isRunning ? 'Looking …' : 'Look at it first'}
      </button>
      <Problem error={action.error} />
      {look && <Look look={look} />}
    </div>
  );
}

function Look({ look }: { readonly look: DatasetLook }) {
  const { trainable, examples, classes, parts, findings, sheet, format } = look;
  const most = Math.max(1, ...classes.map((each) => each.examples));
  return (
    <section class="look" aria-label="What the dataset holds" aria-live="polite">
      <p>
        <b>{trainable ? 'It can be trained on.' : 'It cannot be trained on yet.'}</b>{' '}
        {count(examples)} examples of {classes.length} classes
        {format && `, read as ${format}`}
        {parts &&
          `: ${count(parts.training)} to learn from, ${count(parts.validation)} to choose by, ${count(parts.test)} to measure on`}
        .
      </p>
      <ul class="findings">
        {findings.map(({ code, severity, message, setting }) => (
          <li key={`${code}-${message}`} class={severity}>
            {message}
            {setting && <code>{setting.json}</code>}
          </li>
        ))}
      </ul>
      <ul class="bars small" aria-label="Examples of each class">
        {classes.slice(0, 30).map((each) => (
          <li key={each.name}>
            <span class="label">{each.name}</span>
            <span class="track" aria-hidden="true">
              <span class="fill" style={{ transform: `scaleX(${each.examples / most})` }} />
            </span>
            <span class="number">{count(each.examples)}</span>
          </li>
        ))}
      </ul>
      {sheet && <Sheet path={sheet} />}
    </section>
  );
}

function Sheet({ path }: { readonly path: string }) {
  const [address, setAddress] = useState<string>();
  useEffect(() => {
    let made: string | undefined;
    send(path)
      .then(async (response) => {
        made = URL.createObjectURL(await response.blob());
        setAddress(made);
        return made;
      })
      .catch(() => setAddress(undefined));
    return () => {
      if (made) URL.revokeObjectURL(made);
    };
  }, [path]);
  return address ? <img class="sheet" src={address} alt="Some examples of each class" /> : null;
}
