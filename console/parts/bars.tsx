import type { Scored } from '../api/shapes.ts';
import { percent } from './words.ts';

/** The scores of the likeliest classes. */
export function Bars({ top, title }: { readonly top: readonly Scored[]; readonly title: string }) {
  return (
    <ol class="bars" aria-label={title}>
      {top.map(({ label, score }, at) => (
        <li key={label} class={at === 0 ? 'first' : undefined}>
          <span class="label">{label}</span>
          <span class="track" aria-hidden="true">
            <span class="fill" style={{ transform: `scaleX(${Math.max(score, 0.002)})` }} />
          </span>
          <span class="number">{percent(score, 1)}</span>
        </li>
      ))}
    </ol>
  );
}
