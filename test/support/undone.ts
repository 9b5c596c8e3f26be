import { afterAll, expect, vi } from 'vitest';

/** What a test file could leave behind in its process for those that come after it. */
const state = () => ({
  fakeTimers: vi.isFakeTimers(),
  folder: process.cwd(),
  settings: Object.fromEntries(
    Object.entries(process.env).filter(([name]) => /^(GLIMPSE|AWS|TMP|HOME|PATH)/.test(name)),
  ),
  warnings: process.listenerCount('warning'),
});

const before = state();

// What is waited for is there at once on a quiet machine. Its second by default is none of a busy one, and no test means it.
const { waitFor } = vi;
const waitForLong: typeof waitFor = (check, options = 15_000) => waitFor(check, options);
// Files of one process share it.
if (waitFor.name !== waitForLong.name) vi.waitFor = waitForLong;

afterAll(() => {
  vi.unstubAllEnvs();
  const message = 'this file changed the process it shares with others, and did not undo it';
  expect(state(), message).toEqual(before);
});
