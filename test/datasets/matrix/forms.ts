import { arrayForms } from './array-forms.ts';
import { colourForms } from './colour-forms.ts';
import { imageForms } from './image-forms.ts';
import type { Form } from './logical-dataset.ts';
import { textForms } from './text-forms.ts';

/** Every form that a dataset may have: a reader that is added adds its rows here. */
export const forms: readonly Form[] = [
  ...textForms,
  ...arrayForms,
  ...imageForms,
  ...colourForms,
].map(onceMade);

/** Some are slow to make, and each is read from several places. */
function onceMade(form: Form): Form {
  let made: ReturnType<Form['files']> | undefined;
  return { ...form, files: () => (made ??= form.files()) };
}

/** The form of this name. */
export function formCalled(name: string): Form {
  const found = forms.find((form) => form.name === name);
  if (!found) throw new Error(`no form is called "${name}"`);
  return found;
}
