import type { NamedDataset } from '../api/job-shapes.ts';
import { Field } from '../parts/field.tsx';
import { count } from '../parts/words.ts';
import { uploadSource, type Wanted } from './train-request.ts';

interface SourceChoiceProps {
  readonly wanted: Wanted;
  readonly stored: readonly NamedDataset[];
  readonly onChange: (fields: Partial<Wanted>) => void;
}

const elsewhere = 'elsewhere:';

/** What a model is to learn from: stored here, sent along, or lying somewhere the server can reach. */
export function SourceChoice({ wanted, stored, onChange }: SourceChoiceProps) {
  const { source, files } = wanted;
  const names = stored.map(({ name }) => `dataset:${name}`);
  const isKnown = ['', uploadSource, 'sample:', 'mnist:', ...names].includes(source);
  return (
    <>
      <label>
        What it learns from
        <select
          value={isKnown ? source : elsewhere}
          onChange={({ currentTarget }) => onChange({ source: currentTarget.value })}
        >
          <option value="">The server’s own digits</option>
          {stored.map(({ name, examples, problem }) => (
            <option key={name} value={`dataset:${name}`} disabled={problem !== undefined}>
              {name} ({count(examples)} examples)
            </option>
          ))}
          <option value={uploadSource}>Files from this device</option>
          <option value={elsewhere}>Another place</option>
          <option value="sample:">Digits that Glimpse drew</option>
          <option value="mnist:">MNIST, where it is installed</option>
        </select>
      </label>
      {source === uploadSource && (
        <label class="drop">
          <span class="big">Choose files</span>
          <span>
            {files.length === 0
              ? 'A ZIP or TAR of folders of pictures, CSV, Parquet, IDX, NumPy and more.'
              : files.map(({ name }) => name).join(', ')}
          </span>
          <input
            type="file"
            multiple
            onChange={({ currentTarget }) => onChange({ files: [...(currentTarget.files ?? [])] })}
          />
        </label>
      )}
      {!isKnown && (
        <Field
          title="Address"
          hint="s3://bucket/prefix/ or file:folder"
          value={source === elsewhere ? '' : source}
          onInput={(uri) => onChange({ source: uri || elsewhere })}
        />
      )}
    </>
  );
}
