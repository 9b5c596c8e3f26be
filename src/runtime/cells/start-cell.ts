import { resolve } from 'node:path';
import type { Entry } from '../../entry.ts';
import { isRecord } from '../../json.ts';
import type { Tensor } from '../../tensor.ts';
import { freeAtOnce } from '../../threads.ts';
import {
  createLimitsInTurn,
  timedOut,
  within,
  type ModelHost,
  type WithinInTurn,
} from '../model-host.ts';
import type { EngineOptions, TimedResult } from '../open-engine.ts';
import { Cell, junk, type CellOptions } from './cell.ts';
import type { CellOrder, InspectedGraph } from './cell-order.ts';
import { bytesToOpen, environmentOf } from './engine-needs.ts';
import { errorOf, jsonOf, type Frame } from './frames.ts';

/**
 * Starts a cell; resolves when its model is open, rejects with why it could not be opened. The cell is killed
 * when the model takes more time or memory than it may, and whoever waits for it hears which limit that was.
 */
export async function startCell(
  engine: EngineOptions,
  options: CellOptions & { readonly signal?: AbortSignal | undefined },
  entry?: Entry,
): Promise<ModelHost> {
  const env = environmentOf(engine, options.env);
  const bytes = await bytesToOpen(engine.runtime, engine.file);
  const cell = await startReserved(bytes, { ...options, env }, entry);
  const absolute = { ...engine, file: resolve(engine.file) };
  const { openMs } = await opened(cell, { task: 'open', engine: absolute }, options);
  const classes = engine.signature.classes.length;
  const withinInTurn = createLimitsInTurn();
  return {
    place: 'cell',
    openMs,
    unhealthyReason: undefined,
    death: cell.death,
    infer: (batch, limitMs) => infer(cell, batch, classes, limitMs, withinInTurn),
    residentBytes: () => cell.residentBytes(),
    close: () => cell.close(),
  };
}

/** What an ONNX file takes and gives, found out in a cell: a file of strangers can keep whoever opens it for ever. */
export async function inspectInCell(file: string, options: CellOptions): Promise<InspectedGraph> {
  const cell = await startReserved(await bytesToOpen('onnx', file), options);
  const { graph } = await opened(cell, { task: 'inspect', file: resolve(file) }, options);
  await cell.close();
  return graph;
}

/** Starts a cell once the memory is reserved that it takes to open its model. */
async function startReserved(
  bytes: number,
  options: CellOptions & { readonly signal?: AbortSignal | undefined },
  entry?: Entry,
): Promise<Cell> {
  const reserved = await options.memory.reserve(bytes, options.signal);
  return new Cell(options, reserved, entry);
}

/** What a cell says once it has done what it was started for; a cell that refuses is closed. */
async function opened(
  cell: Cell,
  order: CellOrder,
  { limits, signal }: CellOptions & { readonly signal?: AbortSignal | undefined },
): Promise<{ openMs: number; graph: InspectedGraph }> {
  const tooLate = (): Error => {
    const error = timedOut('GLIMPSE_OPEN_TIMEOUT_MS', limits.openMs);
    cell.kill('timeout', error);
    return error;
  };
  const asked = cell.ask('order', Buffer.from(JSON.stringify(order)));
  try {
    const answer = await within(asked, limits.openMs, tooLate, signal);
    const refusal = answer.kind === 'error' ? errorOf(answer.payload) : undefined;
    if (refusal) throw refusal;
    const ready = readyOf(answer);
    if (ready) {
      await cell.reserveWhatItHolds();
      return ready;
    }
    cell.kill('junk', junk());
    throw junk();
  } catch (error) {
    await cell.close();
    throw error;
  }
}

function readyOf({ kind, payload }: Frame): { openMs: number; graph: InspectedGraph } | undefined {
  const ready = kind === 'ready' ? jsonOf(payload) : undefined;
  if (!isRecord(ready) || typeof ready['openMs'] !== 'number') return undefined;
  const graph: unknown = ready['graph'];
  return { openMs: ready['openMs'], graph: isGraph(graph) ? graph : { inputs: [], outputs: [] } };
}

function isGraph(value: unknown): value is InspectedGraph {
  return isRecord(value) && Array.isArray(value['inputs']) && Array.isArray(value['outputs']);
}

async function infer(
  cell: Cell,
  { shape, data }: Tensor,
  classes: number,
  limitMs: number,
  withinInTurn: WithinInTurn,
): Promise<TimedResult> {
  const count = shape[0] ?? 0;
  const resultBytes = 8 + 4 * count * classes;
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const asked = cell.ask('batch', bytes, resultBytes);
  const answer = await withinInTurn(
    asked,
    () => limitMs,
    () => {
      const error = timedOut('GLIMPSE_BATCH_TIMEOUT_MS', limitMs);
      cell.kill('timeout', error);
      return error;
    },
  );
  const { kind, payload } = answer;
  const refusal = kind === 'error' ? errorOf(payload) : undefined;
  if (refusal) throw refusal;
  if (kind !== 'result' || payload.length !== resultBytes) {
    cell.kill('junk', junk());
    throw junk();
  }
  freeAtOnce(data);
  return {
    outputs: {
      shape: [count, classes],
      data: new Float32Array(payload.buffer, payload.byteOffset + 8, count * classes),
    },
    tookMs: payload.readDoubleLE(0),
  };
}
