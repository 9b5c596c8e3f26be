import { packInstances, type PackedInstances } from '../predict/packed-instances.ts';
import { checkText, type BodyForm, type ReadBack, type SentBody } from './body-form.ts';
import { inferForm } from './oip/infer-form.ts';
import { invocationForms } from './sagemaker/invocation-form.ts';
import { classifyForm } from './tfserving/classify-body.ts';
import { predictForm } from './tfserving/predict-body.ts';
import { predictionsForm } from './torchserve/predictions-form.ts';

/** Every form that a dialect reads bodies by: what the thread knows. */
const forms: ReadonlyMap<string, BodyForm<unknown>> = new Map(
  [inferForm, predictForm, classifyForm, ...invocationForms, predictionsForm].map((form) => [
    form.name,
    form,
  ]),
);

/** What the thread does with a body: looks its text through, and reads it if that costs no more than it may. */
export function readSentBody({ form: name, body, head, maxImages, maxBytes }: SentBody): ReadBack {
  const form = forms.get(name);
  if (!form) throw new Error(`no form of bodies is called ${name}: this is our bug`);
  checkText(form, body.subarray(0, form.jsonBytes(body, head)), maxImages, maxBytes);
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const { instances, asked } = form.read(bytes, head, maxImages);
  return { instances: packInstances(instances), asked };
}

/** The memory that moves with instances, each piece once: many are views of one. */
export function buffersOf(instances: PackedInstances): ArrayBuffer[] {
  const buffers = instances.flatMap((each) => {
    if ('packed' in each || each.kind === 'pixels') return [];
    const { buffer } = each.kind === 'image' ? each.bytes : each.values;
    return buffer instanceof ArrayBuffer ? [buffer] : [];
  });
  return [...new Set(buffers)];
}
