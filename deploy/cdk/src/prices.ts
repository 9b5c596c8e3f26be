import { readFileSync } from 'node:fs';

export interface Price {
  readonly dollars: number;
  readonly per: string;
  /** The page it was read on; null: no page was found, and the price is from memory. */
  readonly source: string | null;
  /** When that page was written. */
  readonly of: string | null;
}

export interface PriceList {
  readonly region: string;
  /** The day on which the pages were looked up. */
  readonly collected: string;
  readonly prices: Readonly<Record<string, Price>>;
}

/** The prices of one day, in the one file that has them; nobody is asked. */
export function priceList(): PriceList {
  const file = new URL('prices.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as PriceList;
}

/** Where a price is from and of when, or that nobody has looked it up. */
export const sourceOf = ({ source, of }: Price): string =>
  source === null ? 'NOT VERIFIED: from memory' : `${source} (${of})`;
