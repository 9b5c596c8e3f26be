import { SearchesTable } from '../searches/searches-table.tsx';
import { Problem, Title } from '../parts/states.tsx';
import { useCall } from '../parts/use-call.ts';
import type { Job } from '../api/job-shapes.ts';
import type { Place } from '../route.ts';
import { RunsTable } from './runs-table.tsx';
import { StartForm } from './start-form.tsx';

/** Start a training, and see what became of all others. */
export function TrainPage({ place }: { readonly place: Place }) {
  const { data, error } = useCall<{ jobs: readonly Job[] }>('/train', 3000);
  const searches = useCall<{ searches: readonly Job[] }>('/searches', 5000);
  const from = place.parameters.get('from');
  const before = data?.jobs.find(({ id }) => id === from);
  // The form begins with what the other run was asked for, so that one is waited for.
  const isReady = from === null || data !== undefined || error !== undefined;
  return (
    <>
      <Title lead="A training runs beside everything else, and publishes a version of its own.">
        Train
      </Title>
      {isReady && (
        <StartForm
          key={before?.id ?? ''}
          before={before}
          jobs={data?.jobs ?? []}
          uri={place.parameters.get('dataset')}
        />
      )}
      <Problem error={error} />
      {data && <RunsTable jobs={data.jobs} />}
      {searches.data && <SearchesTable searches={searches.data.searches} />}
    </>
  );
}
