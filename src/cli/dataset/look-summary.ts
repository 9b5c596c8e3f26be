import type { DatasetLook, Finding, Understood } from '../../datasets/looking/look-report.ts';
import { table } from '../table.ts';

/** How many classes are listed. */
const MAX_CLASSES = 20;

/** What was understood of a dataset, and what there is to doubt, for people. */
export function lookInWords(looked: DatasetLook): string {
  const { source, format, examples, findings, sheet } = looked;
  const head =
    format === undefined
      ? `${source}: nothing could be read of it`
      : `${source}: ${format}, ${examples} examples of ${looked.classes.length} classes`;
  const sections = [
    [head, ...facts(looked)].join('\n'),
    classesInWords(looked),
    findings.length === 0 ? 'There is nothing to doubt.' : findings.map(findingInWords).join('\n'),
    verdictOf(findings),
    sheet === undefined ? '' : `Some images of each class are in ${sheet}.`,
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

function facts({ understood, parts, assumed }: DatasetLook): string[] {
  if (!understood) return [];
  const { shape } = understood;
  const size = `${shape.width}x${shape.height} ${shape.channels === 1 ? 'grey' : 'colour'}`;
  const rows = [
    ['label', labelInWords(understood)],
    ['size', `${size}, ${sizeReasons[understood.shapeBy]}${originalsInWords(understood)}`],
    ['values', valuesInWords(understood)],
    [
      'parts',
      parts
        ? `${parts.training} to learn from, ${parts.validation} to choose by, ${parts.test} to measure on (${parts.testFrom})`
        : '',
    ],
    ['assumed', assumed.map(({ cli }) => cli).join(' ')],
  ];
  return rows
    .filter(([, words]) => words !== '')
    .map(([name = '', words = '']) => `  ${name.padEnd(8)} ${words}`);
}

const sizeReasons: Record<Understood['shapeBy'], string> = {
  request: 'as asked',
  default: 'since nothing else is said',
  data: 'as it stands',
  assumption: 'as assumed',
};

function originalsInWords({ originals }: Understood): string {
  if (!originals) return '';
  const { smallest, largest, colour, grey } = originals;
  const sizes = smallest === largest ? smallest : `${smallest} to ${largest}`;
  const kinds = [colour > 0 ? `${colour} in colour` : '', grey > 0 ? `${grey} grey` : ''];
  return `; images of ${sizes}, ${kinds.filter(Boolean).join(', ')}`;
}

function labelInWords({ label }: Understood): string {
  if (!label) return '';
  const { column } = label;
  const named = typeof column === 'number' ? `column ${column}` : `"${column}"`;
  const words = {
    request: `${named}, as asked`,
    name: `${named}, by its name`,
    contents: `${named}, by what the columns hold`,
    assumption: `${named}, as assumed`,
    folder: 'the folder of each image',
    format: 'as the format has it',
  };
  return words[label.by];
}

function valuesInWords({ values, becomes: [first = [0, 1]] }: Understood): string {
  const model = `${first.join('..')} for the model`;
  if (!values) return `images, become ${model}`;
  const { min, max, levels, range, rangeBy } = values;
  const why = {
    request: 'as asked',
    default: 'since nothing else is said',
    assumption: 'as assumed',
  };
  return `${min}..${max} in ${levels} levels; ${range.join('..')} (${why[rangeBy]}) become ${model}`;
}

function classesInWords({ classes }: DatasetLook): string {
  if (classes.length === 0) return '';
  const rows = classes
    .slice(0, MAX_CLASSES)
    .map(({ name, examples, training, validation, test }) => [
      name,
      ...[examples, training, validation, test].map(String),
    ]);
  const rest = classes.length - rows.length;
  const listed = table(['class', 'examples', 'learn', 'choose', 'measure'], rows);
  return rest > 0 ? `${listed}\n... and ${rest} more` : listed;
}

const marks: Record<Finding['severity'], string> = { question: '?', problem: '!', note: '-' };

/** One line, its setting, and where it was found. */
function findingInWords({ severity, message, setting, examples }: Finding): string {
  const decides = setting ? [`    ${setting.cli}   or in a request   ${setting.json}`] : [];
  const found = examples.map((example) => `    ${example}`);
  return [`${marks[severity]} ${message}`, ...decides, ...found].join('\n');
}

function verdictOf(findings: readonly Finding[]): string {
  const count = (severity: Finding['severity']): number =>
    findings.filter((finding) => finding.severity === severity).length;
  const [questions, problems] = [count('question'), count('problem')];
  if (questions + problems === 0) return '';
  const parts = [
    questions > 0 ? `${questions} ${questions === 1 ? 'question' : 'questions'} (?)` : '',
    problems > 0 ? `${problems} ${problems === 1 ? 'problem' : 'problems'} (!)` : '',
  ];
  return `Training refuses it as it stands: ${parts.filter(Boolean).join(' and ')}.`;
}
