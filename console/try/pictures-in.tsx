import { useEffect, useState } from 'preact/hooks';
import { Camera } from './camera.tsx';
import { DrawingPad } from './drawing-pad.tsx';

const ways = [
  ['draw', 'Draw'],
  ['file', 'Files'],
  ['camera', 'Camera'],
] as const;
type Way = (typeof ways)[number][0];

/** The ways a picture comes in: drawn, chosen, dropped, pasted, or taken. */
export function PicturesIn({
  onPictures,
}: {
  readonly onPictures: (pictures: readonly Blob[]) => void;
}) {
  const [way, setWay] = useState<Way>('draw');
  useEffect(() => takePasted(onPictures), [onPictures]);
  return (
    <div>
      <div class="segments" role="group" aria-label="How the picture comes in">
        {ways.map(([word, title]) => (
          <button key={word} type="button" aria-pressed={word === way} onClick={() => setWay(word)}>
            {title}
          </button>
        ))}
      </div>
      {way === 'draw' && <DrawingPad onDrawn={(picture) => onPictures(picture ? [picture] : [])} />}
      {way === 'file' && <FileChoice onPictures={onPictures} />}
      {way === 'camera' && <Camera onTaken={(picture) => onPictures([picture])} />}
    </div>
  );
}

function FileChoice({ onPictures }: { readonly onPictures: (pictures: readonly Blob[]) => void }) {
  return (
    <label class="drop">
      <span class="big">Choose pictures</span>
      <span>or drop them anywhere on this page, or paste one.</span>
      <input
        type="file"
        accept="image/*"
        multiple
        onChange={({ currentTarget }) => onPictures([...(currentTarget.files ?? [])])}
      />
    </label>
  );
}

/** Pictures that are pasted or dropped anywhere on the page. */
function takePasted(onPictures: (pictures: readonly Blob[]) => void): () => void {
  const take = (data: DataTransfer | null): boolean => {
    const pictures = [...(data?.files ?? [])];
    if (pictures.length > 0) onPictures(pictures);
    return pictures.length > 0;
  };
  const paste = (event: ClipboardEvent): void => {
    if (take(event.clipboardData)) event.preventDefault();
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    take(event.dataTransfer);
  };
  addEventListener('paste', paste);
  addEventListener('drop', drop);
  addEventListener('dragover', allowDrop);
  return () => {
    removeEventListener('paste', paste);
    removeEventListener('drop', drop);
    removeEventListener('dragover', allowDrop);
  };
}

function allowDrop(event: DragEvent): void {
  event.preventDefault();
}
