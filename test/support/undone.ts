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

afterAll(() => {
  vi.unstubAllEnvs();
  const message = 'this file changed the process it shares with others, and did not undo it';
  expect(state(), message).toEqual(before);
});
