import { useState } from 'preact/hooks';

/** A piece of code with a button that copies it. */
export function CodeBlock({ title, code }: { readonly title: string; readonly code: string }) {
  const [said, say] = useState('Copy');
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(code);
      say('Copied');
    } catch {
      say('Select it and copy it by hand');
    }
    setTimeout(() => say('Copy'), 2000);
  };
  return (
    <figure class="code">
      <figcaption>
        <span>{title}</span>
        <button
          class="quiet"
          type="button"
          aria-label={`${said}: ${title}`}
          onClick={() => void copy()}
        >
          {said}
        </button>
      </figcaption>
      {/* Long lines are scrolled, also by keyboard. */}
      <pre tabIndex={0} aria-label={title}>
        <code>{code}</code>
      </pre>
    </figure>
  );
}
