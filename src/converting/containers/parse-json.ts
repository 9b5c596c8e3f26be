import { jsonProblemOf } from '../../json.ts';
import { unreadable } from '../refusals.ts';

/** Nested models of Keras stay far below; what is read here is walked through by functions that call themselves. */
const deepest = 500;

/** JSON of a model file. GLIMPSE_MODEL_FILE_INVALID when it is none, or nested without end. */
export function parseJson(text: string, what: string): unknown {
  if (isNestedDeeper(text, deepest)) {
    throw unreadable(`${what} is nested deeper than ${deepest} levels`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unreadable(`${what} is not JSON: ${jsonProblemOf(error)}`);
  }
}

/** Whether more brackets of JSON are open anywhere than these; those within texts do not count. */
function isNestedDeeper(text: string, levels: number): boolean {
  let open = 0;
  let isText = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (isText) {
      if (sign === '\\') at += 1;
      else if (sign === '"') isText = false;
    } else if (sign === '"') isText = true;
    else if (sign === '[' || sign === '{') open += 1;
    else if (sign === ']' || sign === '}') open -= 1;
    if (open > levels) return true;
  }
  return false;
}
