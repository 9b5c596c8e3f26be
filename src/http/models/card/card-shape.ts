import type { VersionDescription } from '../../../registry/describe.ts';

/** A part of a model card: sentences, a table, or text that is to be typed as it stands. */
export type CardPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | {
      readonly kind: 'table';
      readonly head: readonly string[];
      readonly rows: readonly (readonly string[])[];
    }
  | { readonly kind: 'code'; readonly text: string };

interface CardSection {
  readonly title: string;
  readonly parts: readonly CardPart[];
}

export interface CardDocument {
  readonly title: string;
  readonly sections: readonly CardSection[];
}

export type DescribedManifest = NonNullable<VersionDescription['manifest']>;
