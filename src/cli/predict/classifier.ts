import { pino } from 'pino';
import { createCancellation } from '../../cancellation.ts';
import { openPredictor } from '../../compose/serving.ts';
import type { Config } from '../../config.ts';
import type { Explanation } from '../../serving/explain.ts';

export interface Image {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** The version to use, and how many classes to name. */
export interface VersionChoice {
  readonly model: string | undefined;
  readonly selector: { readonly version: number } | { readonly label: string } | undefined;
  readonly topK: number;
  /** line: every digit of each image; one: one digit; else as the contract of the version says. */
  readonly read?: 'line' | 'one' | undefined;
  /** What is to be told of each prediction. */
  readonly explain?: Explanation | undefined;
}

/** A PNG in base64. */
interface Picture {
  readonly png: string;
}

/** What explains a prediction, where that was asked for. */
export interface ExplainedPrediction {
  readonly saw?: Picture;
  readonly occlusion?: Picture;
  readonly gradient?: Picture;
  readonly nearest?: readonly (Picture & { readonly label: string })[];
}

export type Prediction =
  | ({
      readonly top: readonly { readonly label: string; readonly score: number }[];
      readonly warnings?: readonly string[];
    } & ExplainedPrediction)
  | {
      readonly written: string;
      readonly lines: readonly {
        readonly written: string;
        readonly digits: readonly ({
          readonly score: number;
          readonly warnings?: readonly string[];
        } & ExplainedPrediction)[];
      }[];
    }
  | { readonly error: { readonly code: string; readonly message: string } };

/** The fields of a response that are used here. */
export interface ClassifierResult {
  /** The version that predicted; undefined where the server refused the request before it chose one. */
  readonly model?: string;
  readonly version?: number;
  /** One for each image, in the same order. */
  readonly predictions: readonly Prediction[];
}

/** Classifies images by a model in this process, or by a server. Close it. */
export interface Classifier {
  classify(images: readonly Image[], choice: VersionChoice): Promise<ClassifierResult>;
  close(): Promise<void>;
}

/** A model of the repository in this process, with the same preprocessing, batcher and runtime as in a server. */
export async function openClassifier(config: Config): Promise<Classifier> {
  const local = await openPredictor(config, pino({ level: 'silent' }));
  return {
    async classify(images, { model, selector, topK, read, explain }) {
      const result = await local.predictor.predict({
        model: model ?? config.GLIMPSE_DEFAULT_MODEL,
        ...(selector && { selector }),
        instances: images.map(({ bytes }) => ({ kind: 'image' as const, bytes })),
        topK,
        read: read === 'one' ? undefined : (read ?? 'contract'),
        partial: true,
        explain,
        cancellation: createCancellation(),
      });
      const { readings, predictions } = result;
      const { model: answered, version } = result;
      return { model: answered, version, predictions: readings ?? predictions };
    },
    close: () => local.close(),
  };
}
