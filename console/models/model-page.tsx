import { useEffect, useState } from 'preact/hooks';
import { call } from '../api/call.ts';
import type { Model, Traffic, Version } from '../api/shapes.ts';
import { Loading, Problem, Title } from '../parts/states.tsx';
import { useCall } from '../parts/use-call.ts';
import type { Place } from '../route.ts';
import { Comparison } from './comparison.tsx';
import { History } from './history.tsx';
import { TrafficPanel } from './traffic-panel.tsx';
import { VersionPage } from './version-page.tsx';
import { VersionsTable } from './versions-table.tsx';

/** One model: its versions, who answers, what changed; or two versions side by side; or one of them. */
export function ModelPage({ place, model }: { readonly place: Place; readonly model: string }) {
  const [, , what, first, second] = place.words;
  const path = `/models/${encodeURIComponent(model)}`;
  if (what === 'versions' && first)
    return <VersionPage path={path} model={model} version={Number(first)} />;
  if (what === 'compare' && first && second) {
    return <Comparison path={path} model={model} one={Number(first)} other={Number(second)} />;
  }
  return <Overview path={path} model={model} />;
}

function Overview({ path, model }: { readonly path: string; readonly model: string }) {
  const { data, error, reload } = useCall<Model>(path, 5000);
  const traffic = useCall<Traffic>(`${path}/traffic`, 5000);
  const versions = useVersions(path, data);
  const [changes, setChanges] = useState(0);
  const changed = (): void => {
    reload();
    traffic.reload();
    setChanges((before) => before + 1);
  };
  return (
    <>
      <p class="crumb">
        <a href="#/models">Models</a>
      </p>
      <Title
        lead={
          data &&
          (data.serving === undefined
            ? 'No version answers for production.'
            : `Version ${data.serving} answers for production.`)
        }
      >
        {model}
      </Title>
      <Problem error={error} />
      {!data && error === undefined && <Loading what="Reading its versions" />}
      {data?.reasons.map((reason) => (
        <p key={reason} class="warning">
          {reason}
        </p>
      ))}
      {data && <VersionsTable model={data} versions={versions} />}
      {data && (
        <TrafficPanel
          path={path}
          model={data}
          versions={versions}
          traffic={traffic.data}
          onChanged={changed}
        />
      )}
      <History path={path} changes={changes} />
    </>
  );
}

/** The figures of all versions; what cannot be read is left out. */
function useVersions(path: string, model: Model | undefined): ReadonlyMap<number, Version> {
  const [found, setFound] = useState<ReadonlyMap<number, Version>>(new Map());
  const names = model?.versions.map(({ version }) => version).join();
  useEffect(() => {
    if (!names) return undefined;
    let isGone = false;
    const read = async (): Promise<void> => {
      const asked = names
        .split(',')
        .map((version) => call<Version>(`${path}/versions/${version}`).catch(() => undefined));
      const all = (await Promise.all(asked)).filter((each) => each !== undefined);
      if (!isGone) setFound(new Map(all.map((each) => [each.version, each])));
    };
    void read();
    return () => {
      isGone = true;
    };
  }, [path, names]);
  return found;
}
