import { boxed, small, tight, transparent } from './cuts.ts';
import { card, darkCard, desk } from './on-tables.ts';
import type { Draw } from './sheets.ts';
import { border, fold, plain, scanFrame, scannerBar, shadow } from './whole-sheets.ts';

/** A kind of picture that people send, drawn around the ink of one digit. */
export interface PageCase {
  readonly name: string;
  /** Which digits it is for: those of MNIST alone, or all. */
  readonly of?: 'MNIST';
  readonly draw: Draw;
}

/** What people send: the first is a plain sheet, to compare with. */
export const pageCases: readonly PageCase[] = [
  { name: 'a plain sheet, either polarity', draw: plain },
  { name: 'a border of 1 pixel', draw: border(1) },
  { name: 'a border of 4 pixels', draw: border(4) },
  { name: 'a dark scan frame', draw: scanFrame },
  { name: "a scanner's bar at one side", draw: scannerBar },
  { name: 'a light card on a dark table', draw: card },
  { name: 'a dark card on a light table', draw: darkCard },
  { name: 'paper on a wooden desk', draw: desk },
  { name: 'pencil in a cast shadow', draw: shadow },
  { name: 'a fold', draw: fold },
  { name: 'cut to the ink', draw: tight },
  { name: 'MNIST cut to its box', of: 'MNIST', draw: boxed },
  { name: 'transparent, light or dark ink', draw: transparent },
  { name: 'small: 4 to 6 % of the side', draw: small },
];
