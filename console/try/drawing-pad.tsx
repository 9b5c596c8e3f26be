import { useEffect, useRef } from 'preact/hooks';

interface DrawingPadProps {
  /** Told with the drawing a moment after each stroke; undefined when it was wiped. */
  readonly onDrawn: (picture: Blob | undefined) => void;
}

const side = 560;
const penWidth = 40;

/** A sheet of paper for mouse, finger and pen. Whoever has none of these takes a file. */
export function DrawingPad({ onDrawn }: DrawingPadProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const last = useRef<{ x: number; y: number } | undefined>(undefined);
  useEffect(() => {
    if (canvas.current) wipe(canvas.current);
  }, []);
  const point = ({ clientX, clientY }: PointerEvent): { x: number; y: number } => {
    const { left, top, width, height } = canvas.current!.getBoundingClientRect();
    return { x: ((clientX - left) / width) * side, y: ((clientY - top) / height) * side };
  };
  const begin = (event: PointerEvent): void => {
    canvas.current?.setPointerCapture(event.pointerId);
    last.current = point(event);
    draw(canvas.current!, last.current, last.current);
  };
  const move = (event: PointerEvent): void => {
    if (!last.current) return;
    // A fast pen is told of in one event for several points.
    const between = event.getCoalescedEvents?.() ?? [];
    for (const each of between.length > 0 ? between : [event]) {
      const next = point(each);
      draw(canvas.current!, last.current, next);
      last.current = next;
    }
  };
  const end = (): void => {
    if (!last.current) return;
    last.current = undefined;
    canvas.current?.toBlob((picture) => onDrawn(picture ?? undefined), 'image/png');
  };
  return (
    <div class="pad">
      <canvas
        ref={canvas}
        width={side}
        height={side}
        role="img"
        aria-label="Paper to draw on with a pointer. With a keyboard, choose a picture instead."
        onPointerDown={begin}
        onPointerMove={move}
        onPointerUp={end}
        onPointerCancel={end}
      />
      <button
        class="quiet"
        type="button"
        onClick={() => {
          wipe(canvas.current!);
          onDrawn(undefined);
        }}
      >
        Wipe
      </button>
    </div>
  );
}

function wipe(canvas: HTMLCanvasElement): void {
  const context = canvas.getContext('2d')!;
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, side, side);
}

function draw(
  canvas: HTMLCanvasElement,
  from: { x: number; y: number },
  to: { x: number; y: number },
): void {
  const context = canvas.getContext('2d')!;
  context.strokeStyle = '#16181d';
  context.lineWidth = penWidth;
  context.lineCap = 'round';
  context.lineJoin = 'round';
  context.beginPath();
  context.moveTo(from.x, from.y);
  context.lineTo(to.x, to.y);
  context.stroke();
}
