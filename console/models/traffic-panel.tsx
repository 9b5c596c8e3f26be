import { useRef, useState } from 'preact/hooks';
import { callWithEtag, send } from '../api/call.ts';
import type { Model, Release, Traffic, Version } from '../api/shapes.ts';
import { Problem } from '../parts/states.tsx';
import { useAction } from '../parts/use-call.ts';
import { moment, percent, points } from '../parts/words.ts';
import { CanaryFigures } from './canary-figures.tsx';

interface TrafficPanelProps {
  readonly path: string;
  readonly model: Model;
  readonly versions: ReadonlyMap<number, Version>;
  readonly traffic: Traffic | undefined;
  readonly onChanged: () => void;
}

/** Which version answers for production, and the three ways to change that. */
export function TrafficPanel({ path, model, versions, traffic, onChanged }: TrafficPanelProps) {
  const present = model.labels['production'];
  const others = model.versions.map(({ version }) => version).filter((each) => each !== present);
  const [chosen, setChosen] = useState<number>();
  const version = chosen !== undefined && others.includes(chosen) ? chosen : others.at(-1);
  const why = useRef<HTMLInputElement>(null);
  const [done, tell] = useState('');
  const action = useAction();
  const change = (work: () => Promise<string>): void =>
    action.run(async () => {
      tell('');
      tell(await work());
      if (why.current) why.current.value = '';
      onChanged();
    });
  const reason = (): string | undefined => why.current?.value.trim() || undefined;
  return (
    <section aria-labelledby="traffic-title" class="panel">
      <h2 id="traffic-title">Who answers</h2>
      <p>{standOf(present, traffic)}</p>
      {traffic?.canaryEvidence && (
        <CanaryFigures evidence={traffic.canaryEvidence} state={traffic.canaryState} />
      )}
      {version === undefined ? (
        <p class="faint">There is no other version that could answer instead.</p>
      ) : (
        <>
          <VersionChoice others={others} version={version} onChosen={setChosen} />
          <Evidence release={versions.get(version)?.release} present={present} />
        </>
      )}
      <label>
        Why (kept in the history)
        <input ref={why} type="text" maxLength={500} />
      </label>
      <Changes
        version={version}
        present={present}
        isRunning={action.isRunning}
        onPromote={(to) => change(() => promote(path, to, reason()))}
        onCanary={(to) => change(() => startCanary(path, to))}
        onRollBack={() => change(() => rollBack(path, reason()))}
      />
      <p role="status">{done}</p>
      <Problem error={action.error} />
    </section>
  );
}

interface ChangesProps {
  readonly version: number | undefined;
  readonly present: number | undefined;
  readonly isRunning: boolean;
  readonly onPromote: (version: number) => void;
  readonly onCanary: (version: number) => void;
  readonly onRollBack: () => void;
}

function Changes(props: ChangesProps) {
  const { version, present, isRunning } = props;
  return (
    <div class="row">
      {version !== undefined && (
        <button type="button" disabled={isRunning} onClick={() => props.onPromote(version)}>
          Promote version {version}
        </button>
      )}
      {version !== undefined && present !== undefined && (
        <button
          type="button"
          class="second"
          disabled={isRunning}
          onClick={() => props.onCanary(version)}
        >
          Canary: 10 %, then half
        </button>
      )}
      <button
        type="button"
        class="second"
        disabled={isRunning || present === undefined}
        onClick={props.onRollBack}
      >
        Roll back
      </button>
    </div>
  );
}

function VersionChoice(props: {
  readonly others: readonly number[];
  readonly version: number;
  readonly onChosen: (version: number) => void;
}) {
  return (
    <label class="inline">
      <span>Instead, version</span>
      <select
        value={String(props.version)}
        onChange={({ currentTarget }) => props.onChosen(Number(currentTarget.value))}
      >
        {props.others.toReversed().map((each) => (
          <option key={each} value={String(each)}>
            {each}
          </option>
        ))}
      </select>
    </label>
  );
}

function standOf(present: number | undefined, traffic: Traffic | undefined): string {
  const { canary, canaryState, split } = traffic ?? {};
  if (canary && canaryState?.state === 'running') {
    const share = canary.steps[canaryState.step]?.share ?? 0;
    return `Version ${canaryState.present} answers, and version ${canary.version} as a canary for ${percent(share, 0)} of the callers since ${moment(canaryState.since)}.`;
  }
  if (split) {
    const total = split.reduce((sum, { weight }) => sum + weight, 0);
    const parts = split.map(
      ({ version, label, weight }) =>
        `${label ?? `version ${version}`} ${percent(weight / total, 0)}`,
    );
    return `Production is split: ${parts.join(', ')}.`;
  }
  const ended = canaryState?.why ? ` The last canary: ${canaryState.why}` : '';
  return `${present === undefined ? 'Nobody answers for production.' : `Version ${present} answers everybody.`}${ended}`;
}

/** What was measured when it was published, beside the version that answered then. */
export function Evidence({
  release,
  present,
}: {
  readonly release: Release | undefined;
  readonly present: number | undefined;
}) {
  if (!release)
    return (
      <p class="faint">
        {present === undefined
          ? 'Nothing is recorded that compares it with another version.'
          : `Nothing is recorded that compares it with version ${present}.`}
      </p>
    );
  return (
    <div class="evidence">
      <p>{release.reason}</p>
      {release.comparisons.map(
        ({ dataset, examples, present: before, candidate, lost, gained }) => (
          <p key={dataset} class="faint">
            {dataset}, {examples} examples: {percent(candidate.accuracy)} (
            {points(candidate.accuracy - before.accuracy)} points), {gained} gained, {lost} lost.
          </p>
        ),
      )}
    </div>
  );
}

async function promote(path: string, version: number, reason: string | undefined): Promise<string> {
  const { etag } = await callWithEtag<Model>(path);
  await send(`${path}/labels/production`, {
    method: 'PUT',
    json: { version, ...(reason && { reason }) },
    headers: etag === undefined ? {} : { 'if-match': etag },
  });
  return `Version ${version} answers for production.`;
}

async function rollBack(path: string, reason: string | undefined): Promise<string> {
  const query = reason === undefined ? '' : `?reason=${encodeURIComponent(reason)}`;
  const response = await send(`${path}/rollback${query}`, { method: 'POST' });
  const { from, to, endedTraffic }: { from?: number; to?: number; endedTraffic?: boolean } =
    await response.json();
  if (endedTraffic)
    return `Production is not split any more: version ${to ?? from} answers everybody.`;
  return `Rolled back from version ${from} to version ${to}.`;
}

/**
 * Ten minutes at a tenth of the callers, ten at half of them; out of band it ends by itself. It is also shown a part of what the
 * others ask, to know where both disagree.
 */
async function startCanary(path: string, version: number): Promise<string> {
  const { etag } = await callWithEtag<Traffic>(`${path}/traffic`);
  await send(`${path}/traffic`, {
    method: 'PUT',
    json: {
      canary: {
        version,
        steps: [
          { share: 0.1, bakeSeconds: 600 },
          { share: 0.5, bakeSeconds: 600 },
        ],
      },
      shadow: { version, share: 0.2 },
    },
    headers: etag === undefined ? {} : { 'if-match': etag },
  });
  return `Version ${version} is a canary: a tenth of the callers for ten minutes, then half, then all, unless its figures leave their band.`;
}
