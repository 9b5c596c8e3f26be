import { searchOf, type Job } from '../api/job-shapes.ts';
import { moment, percent } from '../parts/words.ts';
import { hrefOf } from '../route.ts';
import { titleOf } from './search-request.ts';

/** All searches, newest first; nothing where there is none. */
export function SearchesTable({ searches }: { readonly searches: readonly Job[] }) {
  if (searches.length === 0) return null;
  return (
    <section aria-labelledby="searches-title">
      <h2 id="searches-title">Searches</h2>
      <div class="scroll" tabIndex={0} role="region" aria-label="Searches, a table">
        <table>
          <thead>
            <tr>
              <th scope="col">Search</th>
              <th scope="col">Started</th>
              <th scope="col">Varied</th>
              <th scope="col">State</th>
              <th scope="col" class="number">
                Trials
              </th>
              <th scope="col" class="number">
                Best, held out
              </th>
            </tr>
          </thead>
          <tbody>
            {searches.map((job) => (
              <SearchRow key={job.id} job={job} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function SearchRow({ job }: { readonly job: Job }) {
  const { id, createdAt, state, winner, trials = [] } = job;
  const search = searchOf(job);
  const done = new Set(trials.filter((each) => each.state !== 'running').map(({ trial }) => trial));
  const best = winner?.accuracy ?? Math.max(-1, ...trials.map(({ accuracy = -1 }) => accuracy));
  return (
    <tr>
      <th scope="row">
        <a href={hrefOf('train', 'searches', id)}>{id.slice(0, 8)}</a>
        {winner?.version !== undefined && (
          <span class="tag">
            {search?.model} {winner.version}
          </span>
        )}
      </th>
      <td>{moment(createdAt)}</td>
      <td>
        {Object.keys(search?.ranges ?? {})
          .map(titleOf)
          .join(', ')}
      </td>
      <td>
        <span class={`state ${state}`}>{state}</span>
      </td>
      <td class="number">
        {done.size} of {search?.trials}
      </td>
      <td class="number">{percent(best < 0 ? undefined : best)}</td>
    </tr>
  );
}
