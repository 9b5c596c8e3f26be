import { useState } from 'preact/hooks';
import { call } from '../api/call.ts';
import type { Job, NamedDataset } from '../api/job-shapes.ts';
import { Field } from '../parts/field.tsx';
import { Problem } from '../parts/states.tsx';
import { useAction, useCall } from '../parts/use-call.ts';
import { duration } from '../parts/words.ts';
import { goTo } from '../route.ts';
import { SearchFields } from '../searches/search-fields.tsx';
import { searchRequestOf, searchToBegin } from '../searches/search-request.ts';
import { DatasetCheck } from './dataset-check.tsx';
import { SourceChoice } from './source-choice.tsx';
import { storedFirst } from './stored-first.ts';
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
  const [isSearch, setSearch] = useState(false);
  const [search, setWantedSearch] = useState(searchToBegin);
  const stored = useCall<{ datasets: readonly NamedDataset[] }>('/datasets');
  const action = useAction();
  const change = (fields: Partial<Wanted>): void => setWanted({ ...wanted, ...fields });
  const start = (event: Event): void => {
    event.preventDefault();
    action.run(async () => {
      if (isSearch) {
        const json = searchRequestOf(requestOf(await storedFirst(wanted)), search);
        const { id } = await call<Job>('/searches', { method: 'POST', json });
        return goTo('train', 'searches', id);
      }
      const { id } = await call<Job>('/train', {
        method: 'POST',
        ...bodyOf(requestOf(wanted), wanted),
      });
      return goTo('train', id);
    });
  };
  return (
    <form class="panel" aria-labelledby="start-title" onSubmit={start}>
      <h2 id="start-title">
        {before ? `Again, as ${before.id}` : isSearch ? 'A new search' : 'A new training'}
      </h2>
      <HowOften isSearch={isSearch} onChange={setSearch} />
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
      {isSearch && (
        <SearchFields
          wanted={search}
          onChange={(fields) => setWantedSearch({ ...search, ...fields })}
        />
      )}
      <div class="row">
        <button type="submit" disabled={action.isRunning}>
          {action.isRunning ? 'Sending …' : isSearch ? 'Start search' : 'Start training'}
        </button>
      </div>
      <Problem error={action.error} />
    </form>
  );
}

/** Once, by settings that are given, or many times, for settings that are looked for. */
function HowOften(props: {
  readonly isSearch: boolean;
  readonly onChange: (isSearch: boolean) => void;
}) {
  const choice = (isSearch: boolean, title: string) => (
    <button
      type="button"
      aria-pressed={isSearch === props.isSearch}
      onClick={() => props.onChange(isSearch)}
    >
      {title}
    </button>
  );
  return (
    <div class="segments" role="group" aria-label="How often it is trained">
      {choice(false, 'One training')}
      {choice(true, 'Search for settings')}
    </div>
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

/** Name, title, what stands where nothing was given, and kind. */
const fields = [
  ['model', 'Model', 'digits', 'text'],
  ['epochs', 'Epochs', '50', 'number'],
  ['learningRate', 'Learning rate', 'as its recipe says', 'number'],
  ['limit', 'Most examples', 'all', 'number'],
  ['seed', 'Seed', '1', 'number'],
] as const;

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
        {fields.map(([name, title, hint, type]) => (
          <Field
            key={name}
            {...{ title, hint, type }}
            value={wanted[name]}
            onInput={(value) => onChange({ [name]: value })}
          />
        ))}
        <label>
          Augmentation
          <select
            value={wanted.augmentation}
            onChange={({ currentTarget }) => onChange({ augmentation: currentTarget.value })}
          >
            <option value="">as its recipe says</option>
            <option value="none">none</option>
            <option value="shift">shifts</option>
            <option value="handwriting">for handwriting</option>
            <option value="photo">for photos</option>
          </select>
        </label>
      </div>
    </details>
  );
}
