import type { Figures } from './shapes.ts';

export interface Epoch {
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly validationLoss?: number;
  readonly validationAccuracy?: number;
  readonly learningRate: number;
  readonly seconds: number;
}
export type JobState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'interrupted';

export interface DatasetReport {
  readonly examples: number;
  readonly format: string;
  readonly badRows: { readonly count: number };
  readonly classes: readonly string[];
  readonly classCounts: readonly number[];
  readonly digest: string;
  readonly parts: Readonly<Record<string, number>>;
}
export interface DatasetLook {
  readonly source: string;
  readonly trainable: boolean;
  readonly format?: string;
  readonly examples: number;
  readonly parts?: {
    readonly training: number;
    readonly validation: number;
    readonly test: number;
  };
  readonly classes: readonly { readonly name: string; readonly examples: number }[];
  readonly findings: readonly {
    readonly code: string;
    readonly severity: 'question' | 'problem' | 'note';
    readonly message: string;
    readonly setting?: { readonly json: string };
  }[];
  readonly sheet?: string;
}
export interface Job {
  readonly id: string;
  readonly kind: string;
  readonly state: JobState;
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly request: Readonly<Record<string, unknown>>;
  readonly stage?: string;
  readonly dataset?: DatasetReport;
  readonly net?: { readonly parameters: number; readonly stepsPerEpoch: number };
  readonly history: readonly Epoch[];
  readonly model?: string;
  readonly version?: number;
  readonly metrics?: Figures;
  readonly release?: { readonly decision: string; readonly reason: string };
  readonly looked?: DatasetLook;
  readonly imported?: { readonly name: string; readonly digest: string };
  readonly timings?: Readonly<Record<string, number>>;
  readonly notes: readonly string[];
  readonly error?: { readonly code: string; readonly message: string };
}
export interface NamedDataset {
  readonly name: string;
  readonly latest: string;
  readonly createdAt?: string;
  readonly examples?: number;
  readonly classes?: readonly string[];
  readonly problem?: string;
}
