import { rename, rm } from 'node:fs/promises';

/** So often others may be faster: each of them has put a whole folder there meanwhile. */
const MAX_TRIES = 100;

/**
 * Puts a folder in the place of another one, which may be missing. Of several that do so at once the last one stays,
 * and at every moment but one between two renames something whole is there.
 * @param {string} made
 * @param {string} place
 */
export async function replaceFolder(made, place) {
  const before = `${made}.before`;
  for (let tries = 1; ; tries += 1) {
    await rename(place, before).catch(unlessMissing);
    try {
      await rename(made, place);
      return;
    } catch (error) {
      if (tries < MAX_TRIES && ['ENOTEMPTY', 'EEXIST'].includes(error.code)) continue;
      await rename(before, place).catch(() => {});
      throw error;
    } finally {
      await rm(before, { recursive: true, force: true });
    }
  }
}

/** @param {{ code: string }} error */
function unlessMissing(error) {
  if (error.code !== 'ENOENT') throw error;
}
