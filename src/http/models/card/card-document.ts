import { inWords } from '../../../preprocessing/differences.ts';
import { readsAll } from '../../../preprocessing/steps.ts';
import type { VersionDescription } from '../../../registry/describe.ts';
import { accuracyIntervalOf } from '../../../training/measuring/accuracy-interval.ts';
import type { CardDocument, CardPart, DescribedManifest } from './card-shape.ts';
import { trainAgain } from './train-again.ts';

/** As many classes as a table of them has. */
const maxClasses = 100;

/** What somebody has to know who decides about a version (M. Mitchell et al., "Model cards for model reporting", 2019). Pure. */
export function cardOf(description: VersionDescription, manifest: DescribedManifest): CardDocument {
  return {
    title: `${description.model}, version ${description.version}`,
    sections: [
      { title: 'What it is', parts: summaryOf(description, manifest) },
      { title: 'Figures', parts: figuresOf(manifest) },
      { title: 'Data', parts: dataOf(manifest) },
      { title: 'Limits', parts: limitsOf(manifest) },
      {
        title: 'Preprocessing',
        parts: preprocessingOf(manifest),
      },
      { title: 'Lineage', parts: lineageOf(description, manifest) },
      { title: 'To train the same again', parts: trainAgain(description.model, manifest) },
    ],
  };
}

const text = (words: string): CardPart => ({ kind: 'text', text: words });

function preprocessingOf({ preprocessing }: DescribedManifest): CardPart[] {
  const done = `What is done to a picture before the model has it, in training and in serving alike: ${inWords(preprocessing)}.`;
  const all =
    'A picture is answered with every digit on it, in reading order, unless a request says read=one. It learnt from pictures of one digit each.';
  return readsAll(preprocessing) ? [text(done), text(all)] : [text(done)];
}

function summaryOf({ labels, state }: VersionDescription, manifest: DescribedManifest): CardPart[] {
  const { classes } = manifest.signature;
  const shown = classes.slice(0, maxClasses).join(', ');
  const rest = classes.length > maxClasses ? ` and ${classes.length - maxClasses} more` : '';
  return [
    text(
      `A classifier of pictures in ${manifest.runtime === 'onnx' ? 'ONNX' : 'TensorFlow'} form. It answers one of ${classes.length} classes: ${shown}${rest}.`,
    ),
    text(
      `Published ${manifest.createdAt}; ${state} on this server; labels: ${labels.join(', ') || 'none'}.`,
    ),
  ];
}

function figuresOf({ metrics }: DescribedManifest): CardPart[] {
  const rows = [
    ['Accuracy', share(metrics.accuracy)],
    ['Accuracy of the same pictures sent as files', share(metrics.servedAccuracy)],
    ['Mean recall of the classes', share(metrics.macroRecall)],
    ['Loss', metrics.loss?.toFixed(4)],
    ['Calibration error', metrics.calibrationError?.toFixed(4)],
    ['Examples measured on', metrics.examples?.toString()],
  ].flatMap(([name, value]) => (name !== undefined && value !== undefined ? [[name, value]] : []));
  if (rows.length === 0) return [text('Nothing was measured when it was published.')];
  return [
    { kind: 'table', head: ['Figure', 'Value'], rows },
    ...(metrics.measuredOn ? [text(`Measured on ${metrics.measuredOn}`)] : []),
    ...classTableOf(metrics),
  ];
}

function classTableOf({ perClass = [] }: DescribedManifest['metrics']): CardPart[] {
  if (perClass.length === 0) return [];
  const rows = perClass
    .slice(0, maxClasses)
    .map((each) => [
      each.class,
      String(each.examples),
      share(each.precision) ?? 'none',
      share(each.recall) ?? 'none',
    ]);
  return [{ kind: 'table', head: ['Class', 'Examples', 'Precision', 'Recall'], rows }];
}

function dataOf({ lineage }: DescribedManifest): CardPart[] {
  const { dataset } = lineage;
  if (!dataset) return [text('The manifest does not say what it has learnt from.')];
  const told: readonly (readonly [string, unknown])[] = [
    ['Learnt from', dataset['uri'] ?? 'uploaded files'],
    ['Examples', dataset['examples']],
    ['Parts', dataset['parts']],
    ['Rows that could not be read', dataset['badRows']],
    ['SHA-256 of the examples', dataset['digest']],
    ['Measured on a dataset of its own', dataset['evaluation']],
  ];
  const items = told.flatMap(([name, value]) =>
    value === undefined
      ? []
      : [`${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`],
  );
  return [{ kind: 'list', items }];
}

function limitsOf({ metrics, gate, signature }: DescribedManifest): CardPart[] {
  const { examples, perClass = [] } = metrics;
  const [low, high] = accuracyIntervalOf(metrics) ?? [];
  const weakest = perClass
    .filter(({ recall }) => recall !== null)
    .toSorted((a, b) => a.recall! - b.recall!)
    .slice(0, 3);
  const items = [
    `It answers one of its ${signature.classes.length} classes whatever a picture shows. Pictures unlike those it has learnt from are answered all the same.`,
    ...(low !== undefined && high !== undefined
      ? [
          `Of other examples of the same kind it is right for ${share(low)} to ${share(high)} (Wilson’s interval, 95 %), by ${examples} examples.`,
        ]
      : ['How often it is right was not measured, or not said on how many examples.']),
    ...(weakest.length > 0
      ? [
          `Least often found: ${weakest.map((each) => `${each.class} (${share(each.recall)})`).join(', ')}.`,
        ]
      : []),
    gate?.minScore === undefined
      ? 'It has no threshold below which an answer is called uncertain.'
      : `An answer with a score below ${gate.minScore} carries the warning "uncertain".`,
  ];
  return [{ kind: 'list', items }];
}

function lineageOf({ release }: VersionDescription, { lineage }: DescribedManifest): CardPart[] {
  const { architecture, hyperparameters, parent, job, seed, codeVersion, source } = lineage;
  const told: readonly (readonly [string, unknown])[] = [
    ['Where it came from', source],
    ['Architecture', architecture],
    ['Hyperparameters', hyperparameters],
    ['Seed', seed],
    ['Version before it', parent],
    ['Job', job],
    ['Release of Glimpse', codeVersion],
    ['Decided when it was published', release && `${release.decision}. ${release.reason}`],
  ];
  const items = told.flatMap(([name, value]) =>
    value === undefined
      ? []
      : [`${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`],
  );
  return [items.length > 0 ? { kind: 'list', items } : text('The manifest says nothing about it.')];
}

function share(value: number | null | undefined): string | undefined {
  return value === undefined || value === null ? undefined : `${(value * 100).toFixed(2)} %`;
}
