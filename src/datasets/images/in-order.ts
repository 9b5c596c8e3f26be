/**
 * Works on several items at once and gives the results in the order of the items. No more than `limit`
 * items are taken ahead, whatever waits behind a slow one.
 */
export async function* inOrder<Item, Result>(
  items: AsyncIterable<Item> | Iterable<Item>,
  limit: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const waiting: Promise<Result>[] = [];
  try {
    for await (const item of items) {
      const result = work(item);
      // Whoever waits for it gets the error; until then it is not unhandled.
      result.catch(() => undefined);
      waiting.push(result);
      if (waiting.length >= limit) yield await waiting.shift()!;
    }
    while (waiting.length > 0) yield await waiting.shift()!;
  } finally {
    await Promise.allSettled(waiting);
  }
}
