import { Field } from '../parts/field.tsx';
import { knownSettings, type WantedRange, type WantedSearch } from './search-request.ts';

interface SearchFieldsProps {
  readonly wanted: WantedSearch;
  readonly onChange: (fields: Partial<WantedSearch>) => void;
}

/** What a search varies, and what bounds it. */
export function SearchFields({ wanted, onChange }: SearchFieldsProps) {
  const { ranges } = wanted;
  const next = knownSettings.find(([, { name }]) => ranges.every((range) => range.name !== name));
  return (
    <>
      <fieldset class="ranges">
        <legend>What is varied</legend>
        {ranges.map((range, at) => (
          <RangeRow
            key={at}
            range={range}
            onChange={(changed) => onChange({ ranges: ranges.with(at, changed) })}
            onRemoved={
              ranges.length > 1 ? () => onChange({ ranges: ranges.toSpliced(at, 1) }) : undefined
            }
          />
        ))}
        <button
          type="button"
          class="quiet"
          onClick={() => onChange({ ranges: [...ranges, next?.[1] ?? unnamed] })}
        >
          Vary another setting
        </button>
      </fieldset>
      <Bounds wanted={wanted} onChange={onChange} />
    </>
  );
}

const unnamed: WantedRange = { name: '', type: 'uniform', from: '', to: '', values: '' };

const types: readonly (readonly [WantedRange['type'], string])[] = [
  ['choice', 'one of'],
  ['uniform', 'evenly from, to'],
  ['log-uniform', 'by factors from, to'],
  ['integer', 'whole numbers from, to'],
];

function RangeRow(props: {
  readonly range: WantedRange;
  readonly onChange: (range: WantedRange) => void;
  readonly onRemoved: (() => void) | undefined;
}) {
  const { range, onChange, onRemoved } = props;
  const isKnown = knownSettings.some(([, { name }]) => name === range.name);
  const field = (title: string, name: 'name' | 'from' | 'to' | 'values', hint: string) => (
    <Field
      {...{ title, hint }}
      wide={name === 'values' ? 'both' : name === 'name' ? 'whole' : undefined}
      type={name === 'from' || name === 'to' ? 'number' : 'text'}
      value={range[name]}
      onInput={(value) => onChange({ ...range, [name]: value })}
    />
  );
  return (
    <div class="range">
      <label>
        Setting
        <select
          value={isKnown ? range.name : ''}
          onChange={({ currentTarget: { value } }) =>
            onChange(knownSettings.find(([, { name }]) => name === value)?.[1] ?? unnamed)
          }
        >
          {knownSettings.map(([title, { name }]) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
          <option value="">Another</option>
        </select>
      </label>
      {!isKnown && field('Its name', 'name', 'optimizer.momentum')}
      <TypeChoice type={range.type} onChange={(type) => onChange({ ...range, type })} />
      {range.type === 'choice' ? (
        field('Values', 'values', 'with commas between them')
      ) : (
        <>
          {field('From', 'from', '')}
          {field('To', 'to', '')}
        </>
      )}
      {onRemoved && (
        <button type="button" class="quiet" onClick={onRemoved}>
          Leave out
        </button>
      )}
    </div>
  );
}

function TypeChoice(props: {
  readonly type: WantedRange['type'];
  readonly onChange: (type: WantedRange['type']) => void;
}) {
  return (
    <label>
      Values are
      <select
        value={props.type}
        onChange={({ currentTarget: { value } }) =>
          props.onChange(types.find(([type]) => type === value)![0])
        }
      >
        {types.map(([type, words]) => (
          <option key={type} value={type}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

function Bounds({ wanted, onChange }: SearchFieldsProps) {
  return (
    <div class="grid">
      <label>
        Which trials
        <select
          value={wanted.method}
          onChange={({ currentTarget: { value } }) =>
            onChange({ method: value === 'random' ? 'random' : 'successive-halving' })
          }
        >
          <option value="random">all to their end</option>
          <option value="successive-halving">the best go on (successive halving)</option>
        </select>
      </label>
      <label>
        The best has
        <select
          value={wanted.objective}
          onChange={({ currentTarget: { value } }) =>
            onChange({ objective: value === 'loss' ? 'loss' : 'accuracy' })
          }
        >
          <option value="accuracy">the most accuracy</option>
          <option value="loss">the least loss</option>
        </select>
      </label>
      <Field
        title="Trials"
        hint="20"
        type="number"
        value={wanted.trials}
        onInput={(trials) => onChange({ trials })}
      />
      <Field
        title="Minutes at most"
        hint="no bound"
        type="number"
        value={wanted.minutes}
        onInput={(minutes) => onChange({ minutes })}
      />
      <label class="tick">
        <input
          type="checkbox"
          checked={wanted.publishesWinner}
          onChange={({ currentTarget }) => onChange({ publishesWinner: currentTarget.checked })}
        />
        <span>Train the best once more, and publish it</span>
      </label>
    </div>
  );
}
