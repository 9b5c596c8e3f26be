import type { Random } from '../../random.ts';

/** One of them, each with the same chance. */
export function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[random.integer(items.length)]!;
}
