/** What of the responses the console reads; openapi.yaml has the whole. */

export interface Scored {
  readonly label: string;
  readonly score: number;
}
export interface Prediction extends Scored {
  readonly top: readonly Scored[];
  readonly warnings?: readonly string[];
  readonly error?: { readonly code: string; readonly message: string };
}
export interface PredictResponse {
  readonly model: string;
  readonly version: number;
  readonly predictions: readonly Prediction[];
  readonly evidence?: {
    readonly id: string;
    readonly milliseconds: Readonly<Record<string, number>>;
    readonly images: readonly { readonly id: string }[];
  };
}

export interface VersionStatus {
  readonly version: number;
  readonly state: 'UNLOADED' | 'LOADING' | 'READY' | 'UNLOADING' | 'UNAVAILABLE';
  readonly reason?: { readonly code: string; readonly message: string };
  readonly labels: readonly string[];
  readonly serves: readonly string[];
}
export interface Model {
  readonly model: string;
  readonly labels: Readonly<Record<string, number>>;
  readonly serving?: number;
  readonly reasons: readonly string[];
  readonly versions: readonly VersionStatus[];
}
export interface ModelList {
  readonly defaultModel: string;
  readonly models: readonly Model[];
}

export interface ClassFigures {
  readonly class: string;
  readonly examples: number;
  readonly precision: number | null;
  readonly recall: number | null;
}
export interface Figures {
  readonly loss?: number;
  readonly accuracy?: number;
  readonly macroRecall?: number;
  readonly servedAccuracy?: number;
  readonly calibrationError?: number;
  readonly examples?: number;
  readonly measuredOn?: string;
  readonly confusionMatrix?: readonly (readonly number[])[];
  readonly perClass?: readonly ClassFigures[];
}
export interface ComparedFigures {
  readonly accuracy: number;
  readonly macroRecall: number;
  readonly calibrationError: number;
  readonly millisecondsPerImage: number;
}
export interface Release {
  readonly decision: 'promoted' | 'kept';
  readonly reason: string;
  readonly present?: number;
  readonly comparisons: readonly {
    readonly dataset: string;
    readonly examples: number;
    readonly present: ComparedFigures;
    readonly candidate: ComparedFigures;
    readonly lost: number;
    readonly gained: number;
    readonly chance: number;
  }[];
}
export interface Version extends VersionStatus {
  readonly model: string;
  readonly createdAt?: string;
  readonly runtime?: string;
  readonly preprocessing?: Readonly<Record<string, unknown>>;
  readonly signature?: { readonly classes?: readonly string[] };
  readonly metrics?: Figures;
  readonly lineage?: {
    readonly architecture?: unknown;
    readonly job?: string;
    readonly parent?: number;
    readonly command?: string;
    readonly source?: string;
    readonly seed?: number;
    readonly dataset?: Readonly<Record<string, unknown>>;
  };
  readonly release?: Release;
}

export interface HistoryEntry {
  readonly number: number;
  readonly at: string;
  readonly what: string;
  readonly label?: string;
  readonly by: { readonly kind: string; readonly id: string; readonly name?: string };
  readonly from?: unknown;
  readonly to?: unknown;
  readonly why?: string;
}
export interface Traffic {
  readonly split?: readonly {
    readonly version?: number;
    readonly label?: string;
    readonly weight: number;
  }[];
  readonly canary?: {
    readonly version: number;
    readonly steps: readonly { readonly share: number; readonly bakeSeconds: number }[];
    readonly minRequests?: number;
  };
  readonly canaryState?: {
    readonly state: string;
    readonly version: number;
    readonly present: number;
    readonly step: number;
    readonly since: string;
    readonly why?: string;
  };
}
export interface Replay {
  readonly replayed: number;
  readonly same: number;
  readonly skipped: number;
  readonly changed: readonly {
    readonly id: string;
    readonly before: { readonly version: number; readonly class: string; readonly score?: number };
    readonly after: {
      readonly version: number;
      readonly class?: string;
      readonly score?: number;
      readonly error?: string;
    };
  }[];
}
export interface Review {
  readonly predictions: readonly {
    readonly id: string;
    readonly version: number;
    readonly class: string;
    readonly score: number;
    readonly warnings: readonly string[];
    readonly reasons: readonly string[];
    readonly disagreements: readonly { readonly version: number; readonly class: string }[];
  }[];
}
