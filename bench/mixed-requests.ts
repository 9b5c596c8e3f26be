import { connect } from 'node:net';
import { makeBodies } from './bodies.ts';
import { requestBytes } from './load.ts';

/** One request of the mix; where no status is named its client leaves in the middle of its body. */
export interface MixedRequest {
  readonly name: string;
  readonly request: Buffer;
  readonly status: number | undefined;
}

const plain = '/models/plain/predict';
const handwriting = '/predict';

/** How many of forty requests are of each kind; one is cut off, and another is one that is refused. */
const counts = { png: 8, form: 4, jpeg: 3, json: 4 } as const;

/**
 * Forty requests, as they come one after the other: each kind of body for both contracts, one whose client leaves, and one of
 * those that are refused, the next time another one.
 */
export async function makeMix(): Promise<(index: number) => MixedRequest> {
  const [toPlain, toHandwriting] = [await makeBodies(plain), await makeBodies(handwriting)];
  const good = [toPlain, toHandwriting].flatMap(([png, form, jpeg, json]) => [
    ...times(counts.png, png!.request, png!.name),
    ...times(counts.form, form!.request, form!.name),
    ...times(counts.jpeg, jpeg!.request, jpeg!.name),
    ...times(counts.json, json!.request, json!.name),
  ]);
  const jpeg = toPlain[2]!.request;
  const cut: MixedRequest = {
    name: 'cut off',
    request: jpeg.subarray(0, jpeg.length >> 1),
    status: undefined,
  };
  const bad = badRequests(bodyOf(toPlain[0]!.request));
  // Spread by a step that has no factor in common with their number, so that kinds alternate.
  const order = good.map((_, at) => good[(at * 7) % good.length]!);
  return (index) => {
    const at = index % (order.length + 2);
    if (at === order.length) return cut;
    return order[at] ?? bad[Math.floor(index / (order.length + 2)) % bad.length]!;
  };
}

function times(count: number, request: Buffer, name: string): MixedRequest[] {
  return Array.from({ length: count }, () => ({ name, request, status: 200 }));
}

function bodyOf(request: Buffer): Buffer {
  return request.subarray(request.indexOf('\r\n\r\n') + 4);
}

function bad(status: number, type: string, body: Buffer | string, path = plain): MixedRequest {
  return { name: 'refused', request: requestBytes(path, type, Buffer.from(body)), status };
}

function badRequests(png: Buffer): MixedRequest[] {
  return [
    bad(422, 'image/png', png.subarray(0, png.length - 20)),
    bad(415, 'image/png', 'this is no image'),
    bad(400, 'application/json', '{"instances": [[1, 2'),
    bad(422, 'application/json', '{"instances": [[1, 2, 3]]}'),
    bad(400, 'multipart/form-data; boundary=x', '--y\r\n\r\n'),
    bad(404, 'image/png', png, '/models/nobody/predict'),
  ];
}

/** Sends what is there and leaves, as a client does that is cut off. */
export async function sendAndLeave(port: number, request: Buffer): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1' });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.write(request, () => resolve());
  });
  // It is being read, and not over, when its client leaves.
  await new Promise((resolve) => setTimeout(resolve, 5));
  socket.destroy();
}
