import { useState } from 'preact/hooks';
import { call } from '../api/call.ts';
import type { Job, NamedDataset } from '../api/job-shapes.ts';
import { Field } from '../parts/field.tsx';
import { Problem } from '../parts/states.tsx';
import { useAction, useCall } from '../parts/use-call.ts';
import { duration } from '../parts/words.ts';
import { goTo } from '../route.ts';
import { DatasetCheck } from './dataset-check.tsx';
import { SourceChoice } from './source-choice.tsx';
import {
  bodyOf,
  expectedSeconds,
  presets,
  requestOf,
  wantedOf,
  type Wanted,
} from './train-request.ts';

interface StartFormProps {
  /** The run that is to be tried again with changes. */
  readonly before: Job | undefined;
  readonly jobs: readonly Job[];
  readonly uri: string | null;
}

export function StartForm({ before, jobs, uri }: StartFormProps) {
  const [wanted, setWanted] = useState(() => wantedOf(before, uri));
  const stored = useCall<{ datasets: readonly NamedDataset[] }>('/datasets');
  const action = useAction();
  const change = (fields: Partial<Wanted>): void => setWanted({ ...wanted, ...fields });
  const start = (event: Event): void => {
    event.preventDefault();
    action.run(async () => {
      const { id } = await call<Job>('/train', {
        method: 'POST',
        ...bodyOf(requestOf(wanted), wanted),
      });
      goTo('train', id);
    });
  };
  return (
    <form class="panel" aria-labelledby="start-title" onSubmit={start}>
      <h2 id="start-title">{before ? `Again, as ${before.id}` : 'A new training'}</h2>
      <SourceChoice wanted={wanted} stored={stored.data?.datasets ?? []} onChange={change} />
      <DatasetCheck wanted={wanted} />
      <fieldset class="choices">
        <legend>What is trained</legend>
        {presets.map(([name, title, words]) => (
          <Preset
            key={name}
            {...{ name, title, words }}
            isChosen={wanted.architecture === name}
            seconds={expectedSeconds({ ...wanted, architecture: name }, jobs)}
            onChosen={() => change({ architecture: name })}
          />
        ))}
      </fieldset>
      <Details wanted={wanted} onChange={change} />
      <div class="row">
        <button type="submit" disabled={action.isRunning}>
          {action.isRunning ? 'Sending …' : 'Start training'}
        </button>
      </div>
      <Problem error={action.error} />
    </form>
  );
}

interface PresetProps {
  readonly name: string;
  readonly title: string;
  readonly words: string;
  readonly isChosen: boolean;
  readonly seconds: number | undefined;
  readonly onChosen: () => void;
}

function Preset({ name, title, words, isChosen, seconds, onChosen }: PresetProps) {
  return (
    <label class="choice">
      <input type="radio" name="architecture" value={name} checked={isChosen} onChange={onChosen} />
      <span>
        <b>{title}</b>
        <span class="faint">{words}</span>
        <span class="faint">
          {seconds === undefined
            ? 'Not trained here yet: its first epoch tells how long it takes.'
            : `About ${duration(seconds)}, by the last run of it here.`}
        </span>
      </span>
    </label>
  );
}

function Details({
  wanted,
  onChange,
}: {
  readonly wanted: Wanted;
  readonly onChange: (fields: Partial<Wanted>) => void;
}) {
  return (
    <details>
      <summary>Details</summary>
      <div class="grid">
        <Field
          title="Model"
          hint="digits"
          value={wanted.model}
          onInput={(model) => onChange({ model })}
        />
        <Field
          title="Epochs"
          hint="50"
          type="number"
          value={wanted.epochs}
          onInput={(epochs) => onChange({ epochs })}
        />
        <Field
          title="Learning rate"
          hint="0.001"
          type="number"
          value={wanted.learningRate}
          onInput={(learningRate) => onChange({ learningRate })}
        />
        <Field
          title="Most examples"
          hint="all"
          type="number"
          value={wanted.limit}
          onInput={(limit) => onChange({ limit })}
        />
        <Field
          title="Seed"
          hint="1"
          type="number"
          value={wanted.seed}
          onInput={(seed) => onChange({ seed })}
        />
        <label>
          Augmentation
          <select
            value={wanted.augmentation}
            onChange={({ currentTarget }) => onChange({ augmentation: currentTarget.value })}
          >
            <option value="">none</option>
            <option value="handwriting">for handwriting</option>
            <option value="photo">for photos</option>
          </select>
        </label>
      </div>
    </details>
  );
}
