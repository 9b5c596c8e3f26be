import { useEffect, useRef, useState } from 'preact/hooks';
import { currentKey, onKeyChanged, setKey } from '../api/key.ts';

/** Where a key is entered, and forgotten again. */
export function KeyField() {
  const [key, show] = useState(currentKey());
  const dialog = useRef<HTMLDialogElement>(null);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => onKeyChanged(() => show(currentKey())), []);
  const keep = (event: Event): void => {
    event.preventDefault();
    setKey(field.current?.value.trim() || undefined);
    dialog.current?.close();
  };
  return (
    <>
      <button class="quiet" type="button" id="key" onClick={() => dialog.current?.showModal()}>
        {key === undefined ? 'Key' : 'Key ✓'}
      </button>
      <dialog ref={dialog} aria-labelledby="key-title">
        <form onSubmit={keep}>
          <h2 id="key-title">Your key</h2>
          <p>
            Where this server has keys, it asks for one. <b>predict</b> lets you try models,{' '}
            <b>read</b> look at everything, <b>train</b> start trainings and label pictures,{' '}
            <b>release</b> decide which version answers. The key stays in this tab and is forgotten
            with it.
          </p>
          <label>
            Key
            <input ref={field} type="password" autocomplete="off" defaultValue={key ?? ''} />
          </label>
          <div class="row end">
            <button
              class="quiet"
              type="button"
              onClick={() => {
                if (field.current) field.current.value = '';
                setKey(undefined);
                dialog.current?.close();
              }}
            >
              Forget it
            </button>
            <button type="submit">Use it</button>
          </div>
        </form>
      </dialog>
    </>
  );
}
