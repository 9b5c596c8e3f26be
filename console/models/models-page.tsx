import type { Model, ModelList } from '../api/shapes.ts';
import { Empty, Loading, Problem, Title } from '../parts/states.tsx';
import { useCall } from '../parts/use-call.ts';
import { hrefOf } from '../route.ts';

/** All models, and which version of each answers. */
export function ModelsPage() {
  const { data, error } = useCall<ModelList>('/models', 10_000);
  return (
    <>
      <Title lead="What this server knows, and which version of it answers.">Models</Title>
      <Problem error={error} />
      {!data && error === undefined && <Loading what="Reading the repository" />}
      {data?.models.length === 0 && (
        <Empty>
          <p class="big">No model yet.</p>
          <p>
            <a href="#/train">Train the first one</a>, or publish one with{' '}
            <code>glimpse publish</code>.
          </p>
        </Empty>
      )}
      <ul class="cards">
        {data?.models.map((model) => (
          <li key={model.model}>
            <ModelCard model={model} isDefault={model.model === data.defaultModel} />
          </li>
        ))}
      </ul>
    </>
  );
}

function ModelCard({ model, isDefault }: { readonly model: Model; readonly isDefault: boolean }) {
  const { labels, serving, versions, reasons } = model;
  const troubled = versions.filter(({ state }) => state === 'UNAVAILABLE').length;
  return (
    <a class="card" href={hrefOf('models', model.model)}>
      <h2>{model.model}</h2>
      <p>
        {serving === undefined
          ? 'No version answers for production.'
          : `Version ${serving} answers.`}{' '}
        {versions.length === 1 ? 'One version' : `${versions.length} versions`}
        {troubled > 0 && `, ${troubled} of them cannot be loaded`}.
      </p>
      <p class="tags">
        {isDefault && <span class="tag accent">default</span>}
        {Object.entries(labels).map(([label, version]) => (
          <span key={label} class="tag">
            {label} → {version}
          </span>
        ))}
      </p>
      {reasons.map((reason) => (
        <p key={reason} class="warning">
          {reason}
        </p>
      ))}
    </a>
  );
}
