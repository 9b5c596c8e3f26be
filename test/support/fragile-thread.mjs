import { errors, withDetails } from '../../build/errors.js';
import { serveThread, wholeBuffers } from '../../build/threads.js';

/** A program that adds to the number it was started with, and does what it is told instead when told so. */
await serveThread(async (setup) => {
  if (setup.open === 'refuse') {
    throw withDetails(new errors.GLIMPSE_MODEL_INVALID('no such file'), { file: 'a.onnx' });
  }
  return {
    handle: (request) => answer(request, setup.base),
    transfer: (result) => (result instanceof Float32Array ? wholeBuffers(result) : []),
    async close() {
      if (setup.close === 'hang') await forever();
      if (setup.closed) Atomics.store(setup.closed, 0, 1);
    },
  };
});

function answer(request, base) {
  if (typeof request === 'object') {
    return 'add' in request ? add(request, base) : request.double.map((value) => value * 2);
  }
  switch (request) {
    case 'known error': {
      const error = new errors.GLIMPSE_IMAGE_UNREADABLE('torn');
      throw withDetails(error, { index: 3 }, new TypeError('the origin'));
    }
    case 'plain error':
      throw new RangeError('refused as told');
    case 'no error':
      throw 'a string';
    case 'function':
      return () => 'cannot be sent';
    case 'crash':
      setImmediate(() => {
        throw new Error('crashed as told');
      });
      return forever();
    case 'exit':
      process.exit(3);
  }
  return forever();
}

async function add(request, base) {
  const { add: value, afterMs = 0 } = request;
  if (afterMs > 0) await new Promise((resolve) => setTimeout(resolve, afterMs));
  return base + value;
}

/** Something stays open, as a socket would: the thread does not end by itself. */
function forever() {
  setInterval(() => {}, 60_000);
  return new Promise(() => {});
}
