interface FieldProps {
  readonly title: string;
  /** What holds where it is left empty. */
  readonly hint: string;
  readonly value: string;
  readonly type?: 'text' | 'number';
  /** How many columns of a grid it takes, where that is more than one. */
  readonly wide?: string | undefined;
  readonly onInput: (value: string) => void;
}

/** A field with its name above it. */
export function Field({ title, hint, value, type = 'text', wide, onInput }: FieldProps) {
  const given = {
    value,
    placeholder: hint,
    onInput: ({ currentTarget }: { readonly currentTarget: HTMLInputElement }) =>
      onInput(currentTarget.value),
  };
  return (
    <label class={wide}>
      {title}
      {type === 'number' ? (
        <input type="number" step="any" min={0} {...given} />
      ) : (
        <input type="text" {...given} />
      )}
    </label>
  );
}
