import { useEffect, useState } from 'preact/hooks';
import { call } from '../api/call.ts';
import type { ModelList, Review, Version } from '../api/shapes.ts';
import { Empty, Loading, Problem, Title } from '../parts/states.tsx';
import { useAction, useCall } from '../parts/use-call.ts';
import type { Place } from '../route.ts';
import { LabelledPanel } from './labelled-panel.tsx';
import { keyOf } from './keys.ts';
import type { Labelled } from './make-dataset.ts';
import { OnePrediction, type Reviewed } from './one-prediction.tsx';

/** Pictures that there is reason to doubt, one after the other, labelled by one key each. */
export function ReviewPage({ place }: { readonly place: Place }) {
  const list = useCall<ModelList>('/models');
  const [chosen, setChosen] = useState<string>();
  const model = chosen ?? place.parameters.get('model') ?? list.data?.defaultModel;
  const names = list.data?.models.map((each) => each.model) ?? [];
  return (
    <>
      <Title lead="Pictures that the model doubts, or that two versions answer differently. Say what they are, and train on them.">
        Review
      </Title>
      <Problem error={list.error} />
      {names.length > 1 && (
        <label class="inline">
          <span>Model</span>
          <select value={model} onChange={({ currentTarget }) => setChosen(currentTarget.value)}>
            {names.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      )}
      {model !== undefined && (
        <ModelReview
          key={model}
          model={model}
          serving={list.data?.models.find((each) => each.model === model)?.serving}
        />
      )}
    </>
  );
}

function ModelReview({
  model,
  serving,
}: {
  readonly model: string;
  readonly serving: number | undefined;
}) {
  const path = `/models/${encodeURIComponent(model)}`;
  const { data, error, reload } = useCall<Review>(`${path}/review?limit=50`);
  const version = useCall<Version>(
    serving === undefined ? undefined : `${path}/versions/${serving}`,
  );
  const [labelled, setLabelled] = useState<readonly Labelled[]>([]);
  const [passed, setPassed] = useState<readonly string[]>([]);
  const action = useAction();
  const done = new Set([...passed, ...labelled.map(({ id }) => id)]);
  const waiting = data?.predictions.filter(({ id }) => !done.has(id)) ?? [];
  const current = waiting[0];
  const classes = version.data?.signature?.classes ?? [];
  const label = (of: Reviewed, name: string): void =>
    action.run(async () => {
      await call('/feedback', { method: 'POST', json: { id: of.id, class: name, model } });
      setLabelled((before) => [...before, { id: of.id, version: of.version, class: name }]);
    });
  useLabelKeys(classes, current, action.isRunning ? undefined : label, (id) =>
    setPassed((before) => [...before, id]),
  );
  return (
    <div class="two review">
      <div>
        <Problem error={error ?? action.error} />
        {!data && error === undefined && <Loading what="Looking for doubtful pictures" />}
        {data && !current && <Done onReload={reload} />}
        {current && (
          <OnePrediction
            key={current.id}
            model={model}
            prediction={current}
            classes={classes}
            left={waiting.length}
            onLabelled={(name) => label(current, name)}
            onPassed={() => setPassed((before) => [...before, current.id])}
          />
        )}
      </div>
      <LabelledPanel model={model} labelled={labelled} />
    </div>
  );
}

function Done({ onReload }: { readonly onReload: () => void }) {
  return (
    <Empty>
      <p class="big">Nothing to look at.</p>
      <p>
        This server remembers its last predictions; those that nobody has labelled yet are shown
        here, the most doubtful first.
      </p>
      <button type="button" class="second" onClick={onReload}>
        Look again
      </button>
    </Empty>
  );
}

/** Labels by the key of a class; the arrow passes on. */
function useLabelKeys(
  classes: readonly string[],
  current: Reviewed | undefined,
  label: ((of: Reviewed, name: string) => void) | undefined,
  pass: (id: string) => void,
): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      const isTyping =
        event.target instanceof HTMLElement && event.target.matches('input, select, textarea');
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey || !current || !label) return;
      if (event.key === 'ArrowRight') return pass(current.id);
      const name = classes.find((each) => keyOf(each, classes) === event.key.toLowerCase());
      if (name !== undefined) label(current, name);
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  });
}
