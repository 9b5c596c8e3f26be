import { readFile } from 'node:fs/promises';
import { createGlimpse } from 'glimpse';
import { GlimpseError } from 'glimpse/client';

const glimpse = await createGlimpse();
const { label, score } = await glimpse.predict(await readFile('7.png'));
console.log(label, score.toFixed(3));
const refusal = await glimpse.predict(new Uint8Array([1])).catch((error) => error);
if (!(refusal instanceof GlimpseError)) throw refusal;
await glimpse.close();
if (label !== '7') process.exitCode = 1;
