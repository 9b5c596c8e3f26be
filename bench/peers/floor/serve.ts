/**
 * node:http with nothing between it, the reader of small PNGs of this server, and the model on the same thread: the floor of
 * any server in Node that decodes with this code and runs this runtime. Reads no other images. Usage: serve.ts MODEL PORT
 */
import { createServer, type ServerResponse } from 'node:http';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { readSmallPng } from '../../../src/image/small-png.ts';
import { argmax, softmax } from '../../../src/tensor.ts';

const [, , model = '', port] = process.argv;
const session = await InferenceSession.create(model, {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
});

async function answer(file: Buffer): Promise<string> {
  const image = readSmallPng(file);
  if (image?.channels !== 1) throw new Error('no small grey PNG');
  const input = Float32Array.from(image.data, (value) => value / 255);
  const tensor = new Tensor('float32', input, [1, 1, image.height, image.width]);
  const { logits } = await session.run({ image: tensor });
  const scores = softmax(Float32Array.from(await logits!.getData(), Number));
  const label = argmax(scores);
  return JSON.stringify({ predictions: [{ label: String(label), score: scores[label] }] });
}

async function respond(chunks: readonly Buffer[], response: ServerResponse): Promise<void> {
  try {
    const text = await answer(Buffer.concat(chunks));
    const headers = { 'content-type': 'application/json', 'content-length': text.length };
    response.writeHead(200, headers).end(text);
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
}

createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => void respond(chunks, response));
}).listen(Number(port), '127.0.0.1');
