import { packInstances, type PackedInstances } from './bodies/packed-instances.ts';
import { readChecked, type BodyForm, type ReadBack, type SentBody } from './bodies/body-form.ts';
import { inferForm } from './dialects/oip/infer-form.ts';
import { invocationForms } from './dialects/sagemaker/invocation-form.ts';
import { classifyForm } from './dialects/tfserving/classify-body.ts';
import { predictForm } from './dialects/tfserving/predict-body.ts';
import { predictionsForm } from './dialects/torchserve/predictions-form.ts';
import { jsonForm } from './predict/json-form.ts';

/** Every form that bodies are read by: what the thread knows. */
const forms: ReadonlyMap<string, BodyForm<unknown>> = new Map(
  [jsonForm, inferForm, predictForm, classifyForm, ...invocationForms, predictionsForm].map(
    (form) => [form.name, form],
  ),
);

/** What the thread does with a body: looks its text through, and reads it if that costs no more than it may. */
export function readSentBody({ form: name, body, head, maxImages, maxBytes }: SentBody): ReadBack {
  const form = forms.get(name);
  if (!form) throw new Error(`no form of bodies is called ${name}: this is our bug`);
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const { instances, asked } = readChecked(form, { body: bytes, head, maxImages, maxBytes });
  return { instances: packInstances(instances), asked };
}

/** The memory that moves with instances, each piece once: many are views of one. */
export function buffersOf(instances: PackedInstances): ArrayBuffer[] {
  const buffers = instances.flatMap((each) => {
    if ('packed' in each || each.kind === 'pixels') return [];
    const { buffer } = each.kind === 'image' ? each.bytes : each.values;
    // What is small may lie in the memory that Node keeps for small buffers of all kinds, which must not move.
    return buffer instanceof ArrayBuffer && buffer.byteLength > Buffer.poolSize ? [buffer] : [];
  });
  return [...new Set(buffers)];
}
