import { pathOf, type Target } from './targets.ts';

/** A question that is asked again without the console. */
export interface Question {
  /** Of the server, below which its calls lie. */
  readonly server: string;
  readonly target: Target;
  /** The name of the picture. */
  readonly file: string;
  /** Whether it takes a key. The key itself is never written down. */
  readonly hasKey: boolean;
}

/** From a terminal. */
export function curlOf({ server, target, file, hasKey }: Question): string {
  const key = hasKey ? ` \\\n  -H "x-api-key: $GLIMPSE_API_KEY"` : '';
  return `curl -F ${inShell(`image=@${inCurl(file)}`)}${key} \\\n  ${server}${pathOf(target)}`;
}

/** From a program that has the package: the typed client. */
export function clientOf({ server, target, file, hasKey }: Question): string {
  const key = hasKey ? ', key: process.env.GLIMPSE_API_KEY' : '';
  const { model, version, label } = target;
  const asked = [
    `model: ${quoted(model)}`,
    ...(version === undefined ? [] : [`version: ${version}`]),
    ...(label === undefined ? [] : [`label: ${quoted(label)}`]),
  ];
  return `import { readFile } from 'node:fs/promises';
import { createClient } from 'glimpse/client';

const client = createClient({ url: ${quoted(server)}${key} });
const image = await readFile(${quoted(file)});
const { label, score } = await client.predict(image, { ${asked.join(', ')} });
console.log(label, score);`;
}

/** From a program with nothing but what Node has. */
export function programOf({ server, target, file, hasKey }: Question): string {
  const key = hasKey ? `\n  headers: { 'x-api-key': process.env.GLIMPSE_API_KEY },` : '';
  return `import { openAsBlob } from 'node:fs';

const form = new FormData();
form.set('image', await openAsBlob(${quoted(file)}), ${quoted(file)});
const response = await fetch(${quoted(`${server}${pathOf(target)}`)}, {
  method: 'POST',
  body: form,${key}
});
const { predictions } = await response.json();
console.log(predictions[0].label, predictions[0].score);`;
}

/** Files have the names that their owners give them. */
function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`;
}

/** Commas and semicolons would end a name. */
function inCurl(file: string): string {
  return /[,;"]/.test(file) ? `"${file.replaceAll(/[\\"]/g, String.raw`\$&`)}"` : file;
}

function inShell(text: string): string {
  return /^[\w.@=/:+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
