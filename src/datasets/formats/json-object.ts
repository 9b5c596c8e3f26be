import { isRecord } from '../../json.ts';
/** The object a JSON text holds, or why it holds none. */
export function parseObject(text: string): Record<string, unknown> | string {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : 'it is not a JSON object';
  } catch (error) {
    return `it is not valid JSON: ${error instanceof Error ? error.message : ''}`;
  }
}
