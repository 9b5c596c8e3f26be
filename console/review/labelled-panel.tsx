import { useState } from 'preact/hooks';
import { Field } from '../parts/field.tsx';
import { Problem } from '../parts/states.tsx';
import { useAction } from '../parts/use-call.ts';
import { makeDataset, type Labelled } from './make-dataset.ts';

/** What was labelled in this tab, and what can be made of it. */
export function LabelledPanel({
  model,
  labelled,
}: {
  readonly model: string;
  readonly labelled: readonly Labelled[];
}) {
  const [name, setName] = useState(`${model}-reviewed`);
  const [made, setMade] = useState<Awaited<ReturnType<typeof makeDataset>>>();
  const action = useAction();
  const make = (event: Event): void => {
    event.preventDefault();
    action.run(async () => setMade(await makeDataset(model, name, labelled)));
  };
  const counts = new Map<string, number>();
  for (const each of labelled) counts.set(each.class, (counts.get(each.class) ?? 0) + 1);
  return (
    <section class="panel" aria-labelledby="labelled-title">
      <h2 id="labelled-title">Labelled now: {labelled.length}</h2>
      {labelled.length === 0 ? (
        <p class="faint">What you label counts into the live accuracy, and can be learnt from.</p>
      ) : (
        <p>
          {[...counts]
            .toSorted(([a], [b]) => a.localeCompare(b))
            .map(([label, times]) => `${label}: ${times}`)
            .join(' · ')}
        </p>
      )}
      <form onSubmit={make}>
        <Field title="Name of the dataset" hint="reviewed" value={name} onInput={setName} />
        <div class="row">
          <button type="submit" disabled={labelled.length === 0 || action.isRunning}>
            {action.isRunning ? 'Storing …' : 'Make a dataset of them'}
          </button>
        </div>
      </form>
      <Problem error={action.error} />
      {made && (
        <p role="status">
          {made.pictures} pictures are stored as <code>{made.uri}</code>
          {made.missing > 0 && `; ${made.missing} are not kept and were left out`}.{' '}
          <a href={`#/train?dataset=${encodeURIComponent(made.uri)}`}>Train on them</a>
        </p>
      )}
    </section>
  );
}
