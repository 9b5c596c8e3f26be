import { useEffect, useRef, useState } from 'preact/hooks';
import { Problem } from '../parts/states.tsx';

/** The camera of this device, switched on while this is shown. */
export function Camera({ onTaken }: { readonly onTaken: (picture: File) => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const [error, setError] = useState<unknown>(undefined);
  useEffect(() => {
    let stream: MediaStream | undefined;
    let isGone = false;
    const open = async (): Promise<void> => {
      stream = await openCamera();
      if (isGone || !video.current) return stopAll(stream);
      video.current.srcObject = stream;
      await video.current.play();
    };
    open().catch(() => {
      if (isGone) return;
      setError(new Error('There is no camera here, or the browser was not allowed to use it.'));
    });
    return () => {
      isGone = true;
      if (stream) stopAll(stream);
    };
  }, []);
  const take = (): void => {
    const canvas = document.createElement('canvas');
    const { videoWidth, videoHeight } = video.current!;
    [canvas.width, canvas.height] = [videoWidth, videoHeight];
    canvas.getContext('2d')!.drawImage(video.current!, 0, 0);
    canvas.toBlob(
      (picture) => picture && onTaken(new File([picture], 'photo.jpg', { type })),
      type,
      0.92,
    );
  };
  if (error !== undefined) return <Problem error={error} />;
  return (
    <div class="pad">
      {/* A picture of what is before the camera; there is nothing to hear. */}
      <video ref={video} muted playsInline aria-label="What the camera sees" />
      <button type="button" onClick={take}>
        Take the picture
      </button>
    </div>
  );
}

const type = 'image/jpeg';

async function openCamera(): Promise<MediaStream> {
  return navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
}

function stopAll(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
