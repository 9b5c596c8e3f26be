import { jsonProblemOf } from '../../json.ts';
import { unreadable } from '../refusals.ts';

/** JSON of a model file. GLIMPSE_MODEL_FILE_INVALID when it is none. */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unreadable(`${what} is not JSON: ${jsonProblemOf(error)}`);
  }
}
