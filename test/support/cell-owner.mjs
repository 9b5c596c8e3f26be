import { unsharedCellMemory } from '../../build/account.js';
import { startCell } from '../../build/runtime/cells/start-cell.js';

/** A process with a cell that does not come back from its model; prints a line when it is at it. */
const [file, signature] = process.argv.slice(2);
const engine = { runtime: 'onnx', file, signature: JSON.parse(signature), threads: 1 };
const cell = await startCell(engine, {
  env: {},
  memory: unsharedCellMemory,
  limits: { openMs: 60_000, batchMs: 60_000, memoryBytes: 2 ** 31 },
  onDeath: () => {},
  onOutput: () => {},
});
const batch = { shape: [1, 1, 2, 2], data: new Float32Array(4).fill(1) };
cell.infer(batch, 60_000).catch(() => {});
console.log('running');
