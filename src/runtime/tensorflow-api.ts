import type { TensorflowArtifacts } from './tensorflow-files.ts';

/**
 * The part of TensorFlow.js that we call. `@tensorflow/tfjs-node` has all of it; `tfjs-core` with
 * `tfjs-layers` has enough for Keras models.
 */
export interface Tensorflow {
  tensor(values: Float32Array, shape: number[], dtype: 'float32'): TfTensor;
  tidy<T extends TfTensor>(work: () => T): T;
  memory(): { numTensors: number };
  loadLayersModel(source: TfSource): Promise<TfLayersModel>;
  loadGraphModel?(source: TfSource): Promise<TfGraphModel>;
  readonly node?: {
    loadSavedModel(
      folder: string,
      tags: readonly string[],
      signature: string,
    ): Promise<TfSavedModel>;
  };
}

export interface TfSource {
  load(): Promise<TensorflowArtifacts>;
}

export interface TfTensor {
  readonly shape: readonly number[];
  readonly dtype: string;
  data(): Promise<ArrayLike<number>>;
  dispose(): void;
}

export interface TfLayersModel {
  readonly inputs: readonly { readonly shape: readonly (number | null)[] }[];
  readonly outputNames: readonly string[];
  predict(input: TfTensor): TfTensor | TfTensor[];
  dispose(): unknown;
}

export interface TfGraphModel {
  readonly inputs: readonly { readonly name: string }[];
  readonly outputs: readonly { readonly name: string }[];
  execute(inputs: Record<string, TfTensor>, output: string): TfTensor | TfTensor[];
  dispose(): unknown;
}

export interface TfSavedModel {
  predict(inputs: Record<string, TfTensor>): unknown;
  dispose(): unknown;
}
