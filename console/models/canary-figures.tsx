import type { CanaryEvidence, Traffic } from '../api/shapes.ts';
import { count, percent } from '../parts/words.ts';

interface CanaryFiguresProps {
  readonly evidence: CanaryEvidence;
  readonly state: Traffic['canaryState'];
}

/** What a canary that runs is judged by, beside the version that it is to replace. */
export function CanaryFigures({ evidence, state }: CanaryFiguresProps) {
  const { present, canary, compared, agreed } = evidence;
  const sides = [present, canary];
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['Requests', sides.map(({ requests }) => count(requests))],
    ['Failed', sides.map(({ errors, requests }) => share(errors, requests))],
    ['Warned', sides.map(({ warned, images }) => share(warned, images))],
    ['95 % within', sides.map(({ p95Ms }) => (p95Ms === undefined ? '–' : milliseconds(p95Ms)))],
  ];
  return (
    <div class="evidence">
      <p role="status">{wordsOf(evidence)}</p>
      <div class="scroll" tabIndex={0} role="region" aria-label="Figures of the canary, a table">
        <table>
          <thead>
            <tr>
              <th scope="col">On this server</th>
              <th scope="col" class="number">
                Version {state?.present}
              </th>
              <th scope="col" class="number">
                Canary, version {state?.version}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([name, values]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td class="number">{values[0]}</td>
                <td class="number">{values[1]}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="faint">
        {compared === 0
          ? 'No picture was shown to both yet.'
          : `Of ${count(compared)} pictures that both have seen, they disagree on ${count(compared - agreed)} (${share(compared - agreed, compared)}).`}
      </p>
    </div>
  );
}

function wordsOf({ verdict, why, canary, minRequests }: CanaryEvidence): string {
  if (verdict === 'worse') return `It leaves its band: ${why}`;
  if (verdict === 'good') return 'It holds, by what it has answered so far.';
  return `Too little to judge by: ${count(canary.requests)} of ${count(minRequests)} requests.`;
}

function share(part: number, of: number): string {
  return of === 0 ? '–' : percent(part / of, 1);
}

function milliseconds(ms: number): string {
  return `${ms.toFixed(1)} ms`;
}
