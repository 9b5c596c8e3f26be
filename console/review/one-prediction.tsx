import type { Review } from '../api/shapes.ts';
import { KeptPicture } from '../parts/kept-picture.tsx';
import { percent, warningWords } from '../parts/words.ts';
import { keyOf } from './keys.ts';

export type Reviewed = Review['predictions'][number];

interface OnePredictionProps {
  readonly model: string;
  readonly prediction: Reviewed;
  readonly classes: readonly string[];
  readonly left: number;
  readonly onLabelled: (name: string) => void;
  readonly onPassed: () => void;
}

/** One picture, what was answered, why it is doubted, and a button and a key for each class. */
export function OnePrediction(props: OnePredictionProps) {
  const { model, prediction, classes, left, onLabelled, onPassed } = props;
  const { id, version, score, warnings, disagreements } = prediction;
  return (
    <section class="panel" aria-labelledby="reviewed-title">
      <h2 id="reviewed-title">What is this?</h2>
      <div class="reviewed">
        <KeptPicture model={model} id={id} />
        <div aria-live="polite">
          <p class="said">
            <span class="class">{prediction.class}</span>
            <span class="faint">
              {percent(score, 1)} · version {version}
            </span>
          </p>
          {disagreements.map((other) => (
            <p key={other.version} class="warning">
              Version {other.version} says {other.class}.
            </p>
          ))}
          {warnings.map((warning) => (
            <p key={warning} class="warning">
              {warningWords[warning] ?? warning}
            </p>
          ))}
        </div>
      </div>
      <div class="keys" role="group" aria-label="It is">
        {classes.map((name) => {
          const key = keyOf(name, classes);
          return (
            <button key={name} type="button" class="second" onClick={() => onLabelled(name)}>
              {name}
              {key !== undefined && key !== name && <kbd>{key}</kbd>}
            </button>
          );
        })}
      </div>
      <div class="row spread">
        <span class="faint">{left} to go. Press the key of the class, or → to pass on.</span>
        <button type="button" class="quiet" onClick={onPassed}>
          Pass on
        </button>
      </div>
    </section>
  );
}
