import type { Cost, Resources } from './cost.ts';
import { type Load, loadInWords } from './loads.ts';
import { type PriceList, sourceOf } from './prices.ts';

/** Every resource, by type, with its name in the template and the name it is given, if it is given one. */
export function resourceLines(resources: Resources): string[] {
  const entries = Object.entries(resources).map(([name, { Type, Properties = {} }]) => {
    const given = nameKeys.map((key) => Properties[key]).find((value) => typeof value === 'string');
    return [Type, given === undefined ? name : `${name} (${given})`] as const;
  });
  const lines = entries
    .toSorted(([one], [other]) => one.localeCompare(other))
    .map(([type, name]) => `  ${type.padEnd(46)} ${name}`);
  return [`${lines.length} resources:`, ...lines];
}

const nameKeys = ['AlarmName', 'JobDefinitionName', 'PolicyName', 'Alias', 'Endpoint'];

/** The table of costs: what, how much of it, at which price, and where that price is from. */
export function costLines(costs: readonly Cost[], load: Load, list: PriceList): string[] {
  const total = costs.reduce((sum, { dollars }) => sum + dollars, 0);
  const rows = costs.map(({ what, quantity, price, dollars }) => [
    what,
    dollars.toFixed(2),
    `${amount(quantity)} x ${price.dollars} per ${price.per}`,
    sourceOf(price),
  ]);
  const table = aligned([
    ['a month of', 'USD', 'at', 'source of the price'],
    ...rows,
    ['all', total.toFixed(2), '', ''],
  ]);
  return [
    `What it costs, at the load ${loadInWords(load)}:`,
    ...table,
    `WARNING: prices of ${list.region} as of ${list.collected}, from the pages named above, none asked of AWS. Other regions are dearer, prices`,
    'change, and taxes, free tiers and discounts are left out. Check them before you rely on them: https://calculator.aws/',
  ];
}

const amount = (quantity: number): string =>
  quantity >= 100 ? String(Math.round(quantity)) : String(Number(quantity.toPrecision(3)));

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    `  ${row.map((cell, column) => (column === 1 ? cell.padStart(widths[1]!) : cell.padEnd(widths[column]!))).join('  ')}`.trimEnd(),
  );
}
