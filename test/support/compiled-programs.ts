import { compileWhenStale } from '../../scripts/compile.mjs';

/** Processes that tests start are the compiled programs, as in production: they start in half the time. */
export default function setup(): void {
  compileWhenStale();
}
