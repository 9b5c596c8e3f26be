/**
 * node:http with nothing between it and sharp and onnxruntime-node: the floor of a server in Node that does the same
 * work. It speaks no multipart, and of the Open Inference Protocol one tensor in and the labels out, believing all it is told. Usage: serve.mjs MODEL PORT
 */
import { createServer } from 'node:http';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';

const [model, port] = process.argv.slice(2);
const session = await InferenceSession.create(model, { intraOpNumThreads: 1 });

async function predictions(data) {
  const count = data.length / 784;
  const { logits } = await session.run({
    image: new Tensor('float32', data, [count, 1, 28, 28]),
  });
  return Array.from({ length: count }, (_, row) =>
    best(logits.data.subarray(row * 10, row * 10 + 10)),
  );
}

async function predict(images) {
  const data = new Float32Array(images.length * 784);
  images.forEach((pixels, row) =>
    pixels.forEach((pixel, at) => (data[row * 784 + at] = pixel / 255)),
  );
  return JSON.stringify({ predictions: await predictions(data) });
}

async function infer(data) {
  const labels = (await predictions(data)).map(({ label }) => label);
  const output = { name: 'label', datatype: 'BYTES', shape: [labels.length], data: labels };
  return JSON.stringify({ model_name: 'digits', outputs: [output] });
}

function best(logits) {
  const label = logits.indexOf(Math.max(...logits));
  const score = 1 / logits.reduce((sum, logit) => sum + Math.exp(logit - logits[label]), 0);
  return { label: String(label), score };
}

const routes = {
  '/image': async (body) =>
    predict([await sharp(body).greyscale().resize(28, 28, { fit: 'fill' }).raw().toBuffer()]),
  '/json': async (body) => predict(JSON.parse(body).instances),
  '/oip': async (body) => infer(Float32Array.from(JSON.parse(body).inputs[0].data)),
  '/oip-binary': async (body, { 'inference-header-content-length': length }) =>
    infer(new Float32Array(new Uint8Array(body.subarray(Number(length))).buffer)),
};

async function answer(request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = await routes[request.url](Buffer.concat(chunks), request.headers);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length });
  response.end(text);
}

createServer((request, response) => {
  answer(request, response).catch((error) => response.writeHead(500).end(String(error)));
}).listen(Number(port), '127.0.0.1');
