import { addressOf } from '../api/call.ts';
import { currentKey } from '../api/key.ts';
import { pathOf, type Target } from './targets.ts';

/** The same question from a terminal. The key itself is never written into it. */
export function curlOf(target: Target, file: string): string {
  const key = currentKey() === undefined ? '' : ` \\\n  -H "x-api-key: $GLIMPSE_API_KEY"`;
  return `curl -F image=@${file}${key} \\\n  ${addressOf(pathOf(target))}`;
}

/** The same question from a program: nothing but what Node and browsers have. */
export function programOf(target: Target, file: string): string {
  const key =
    currentKey() === undefined ? '' : `\n  headers: { 'x-api-key': process.env.GLIMPSE_API_KEY },`;
  return `import { openAsBlob } from 'node:fs';

const form = new FormData();
form.set('image', await openAsBlob('${file}'), '${file}');
const response = await fetch('${addressOf(pathOf(target))}', {
  method: 'POST',
  body: form,${key}
});
const { predictions } = await response.json();
console.log(predictions[0].label, predictions[0].score);`;
}
