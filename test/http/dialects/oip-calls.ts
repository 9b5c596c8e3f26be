/** Calls of the Open Inference Protocol, as a client of it would make them. */

export interface OipAnswer {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into it with matchers
  readonly json: any;
  /** The bytes of each output that came behind the JSON. */
  readonly tensors: readonly Buffer[];
}

/** Any call below /v2. */
export async function callOip(url: string, path: string, init?: RequestInit): Promise<OipAnswer> {
  const response = await fetch(`${url}/v2${path}`, init);
  const body = Buffer.from(await response.arrayBuffer());
  const length = Number(response.headers.get('inference-header-content-length') ?? body.length);
  const json = length === 0 ? undefined : JSON.parse(body.subarray(0, length).toString());
  const tensors: Buffer[] = [];
  let at = length;
  for (const { parameters } of json?.outputs ?? []) {
    const size = parameters?.binary_data_size;
    if (size === undefined) continue;
    tensors.push(body.subarray(at, at + size));
    at += size;
  }
  return { status: response.status, headers: response.headers, json, tensors };
}

/** An infer call in JSON; `model` may name a version, too. */
export function inferJson(url: string, model: string, request: unknown): Promise<OipAnswer> {
  return callOip(url, `/models/${model}/infer`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  });
}

export interface BinaryInput {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly bytes: Buffer;
}

/** An infer call with the bytes of its tensor behind the JSON. */
export function inferBinary(
  url: string,
  model: string,
  { bytes, ...input }: BinaryInput,
  request: object = {},
): Promise<OipAnswer> {
  const described = { ...input, parameters: { binary_data_size: bytes.length } };
  const json = Buffer.from(JSON.stringify({ inputs: [described], ...request }));
  return callOip(url, `/models/${model}/infer`, {
    method: 'POST',
    headers: {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(json.length),
    },
    body: new Uint8Array(Buffer.concat([json, bytes])),
  });
}

/** Elements of BYTES, each with its length in front. */
export function bytesTensor(elements: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    elements.flatMap((element) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(element.length);
      return [length, element];
    }),
  );
}

/** Numbers of 16 bits, of values that these can hold. */
export function halves(values: readonly number[]): Buffer {
  const bits = values.map((value) => {
    const [word] = new Uint32Array(Float32Array.of(value).buffer);
    const exponent = ((word! >> 23) & 0xff) - 127 + 15;
    return value === 0 ? 0 : ((word! >>> 16) & 0x8000) | (exponent << 10) | ((word! >> 13) & 0x3ff);
  });
  return Buffer.from(Uint16Array.from(bits).buffer);
}
