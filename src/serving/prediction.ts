import type { ErrorDetails, GlimpseError } from '../errors.ts';
import type { ScoredClass } from './top-k.ts';
import type { Warning } from './warnings.ts';

/** The likeliest class, and the `topK` likeliest, best first. */
export interface Prediction extends ScoredClass {
  readonly top: readonly ScoredClass[];
  /** Reasons to doubt it; left out when there is none. */
  readonly warnings?: readonly Warning[];
  /** The classes that cannot be excluded, best first, where they were asked for. */
  readonly set?: readonly string[];
  /** What the model was given for it, where that was asked for. */
  readonly saw?: SeenInput;
  /** What its score hangs on, where that was asked for. */
  readonly occlusion?: Occlusion;
  /** Which pixels speak for it, and which against it, where that was asked for and the layers of the version are known. */
  readonly gradient?: GradientMap;
  /** Training examples that are likest it, the likest first, where that was asked for and the version keeps some. */
  readonly nearest?: readonly NearestExample[];
}

/** Pixels of 0 to 255 as a PNG in base64: what the preprocessing contract made of an image. */
export interface SeenInput {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  readonly png: string;
}

/** How much of the score of a prediction hangs on each part of what the model was given. */
export interface Occlusion {
  readonly width: number;
  readonly height: number;
  /** In base64: red where the score falls when a part is covered, blue where it rises, white where it stays. */
  readonly png: string;
  /** How far the score falls at most when one square is covered, and how far it rises at most. */
  readonly mostFall: number;
  readonly mostRise: number;
}

/** What each pixel of what the model was given adds to the logit of a class. */
export interface GradientMap {
  readonly width: number;
  readonly height: number;
  /** In base64: red where a pixel speaks for the class, blue where it speaks against it, white where it says nothing. */
  readonly png: string;
  /** What pixels add to the logit of the class in sum, and what they take from it. */
  readonly for: number;
  readonly against: number;
}

/** An example that a net has learnt from. */
export interface NearestExample {
  readonly label: string;
  /** The cosine of the angle between what the net finds in both, right before its last layer. */
  readonly similarity: number;
  /** Which of its dataset it was, as read: from 0 on. */
  readonly row: number;
  /** Its picture, in base64. */
  readonly png: string;
}

export interface FailedPrediction {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly details?: ErrorDetails;
  };
}

/** What is told of an image that an error has met. */
export function failureOf({ code, message, details }: GlimpseError): FailedPrediction {
  return { error: details === undefined ? { code, message } : { code, message, details } };
}
