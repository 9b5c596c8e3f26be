import type { GlimpseError } from '../../errors.ts';
import { isRecord } from '../../json.ts';
import type { DecidingOption } from '../refusal.ts';
import { byUrgency, type Finding, type FindingCode, type Setting } from './look-report.ts';

/** What has been found so far, each once. */
export interface Findings {
  add(finding: FoundThing): void;
  /**
   * What training refuses it for, as a question when a setting decides it. `within` names what lies apart to be measured
   * on, when it is that which is refused.
   */
  addRefusal(error: GlimpseError, setting: Setting | undefined, within?: string): void;
  list(): Finding[];
}

interface FoundThing extends Omit<Finding, 'examples'> {
  readonly examples?: readonly string[];
}

/** How many findings are kept: class folders that cannot be read could be thousands. */
const MAX_FINDINGS = 100;
const MAX_EXAMPLES = 5;

const codesByOption: Record<DecidingOption, FindingCode> = {
  uri: 'place',
  path: 'place',
  labelsUri: 'manifest',
  labelColumn: 'label-column',
  range: 'range',
  layout: 'layout',
  shape: 'shape',
  classes: 'classes',
};

/** An empty list of findings. */
export function createFindings(): Findings {
  const found = new Map<string, Finding>();
  const add = ({ examples = [], ...finding }: FoundThing): void => {
    const key = `${finding.code} ${finding.message}`;
    if (found.has(key) || found.size >= MAX_FINDINGS) return;
    found.set(key, { ...finding, examples: examples.slice(0, MAX_EXAMPLES) });
  };
  return {
    add,
    addRefusal(error, setting, within) {
      const option = optionOf(error);
      const code = option ? codesByOption[option] : codeOf(error);
      const [bad] = badRowsIn(error);
      const sentence = sentenceOf(option && bad ? bad.reason : error.message);
      add({
        code: within === undefined ? code : 'held-out',
        severity: setting && option ? 'question' : 'problem',
        message: within === undefined ? sentence : `In ${within}: ${sentence}`,
        error: error.code,
        ...(setting && { setting }),
        examples: badRowsIn(error).map(atRow),
      });
    },
    list: () => [...found.values()].sort(byUrgency),
  };
}

/** What decides a refusal, if a setting does. */
export function optionOf({ details }: GlimpseError): DecidingOption | undefined {
  const option = details?.['option'];
  return isDecidingOption(option) ? option : undefined;
}

function isDecidingOption(option: unknown): option is DecidingOption {
  return typeof option === 'string' && Object.hasOwn(codesByOption, option);
}

function codeOf({ code }: GlimpseError): FindingCode {
  return code === 'GLIMPSE_TOO_MANY_BAD_ROWS' ? 'bad-rows' : 'refused';
}

/** What an error says of the dataset, without the words that all such errors begin with. */
function sentenceOf(message: string): string {
  const reason = message.replace(/^The dataset cannot be read: /, '');
  return `${reason.charAt(0).toUpperCase()}${reason.slice(1)}`;
}

/** The first bad rows that an error tells of. */
function badRowsIn({ code, details }: GlimpseError): readonly (RowPosition & { reason: string })[] {
  const bad = details?.['badRows'];
  if (code !== 'GLIMPSE_TOO_MANY_BAD_ROWS' || !isRecord(bad)) return [];
  return Array.isArray(bad['rows']) ? bad['rows'] : [];
}

/** A number before what there is one of, or many. */
export function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Where a row is, and why it is told. */
export function atRow({ line, element, entry, reason }: RowPosition): string {
  const place = element === undefined ? `line ${line}` : `element ${element}`;
  const where = entry ?? place;
  return reason === undefined ? where : `${where}: ${reason}`;
}

interface RowPosition {
  readonly line: number;
  readonly element?: number;
  readonly entry?: string;
  readonly reason?: string;
}
