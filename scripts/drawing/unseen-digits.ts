import { mnistFolder, readMnist, type Examples } from '../../bench/mnist.ts';

/** The training images of MNIST that no net of ours learns from; undefined, which it says, where MNIST is not on this machine. */
export async function unseenDigits(): Promise<Examples | undefined> {
  const folder = mnistFolder();
  if (folder === undefined) {
    console.error('  LEFT OUT: MNIST, which is not on this machine (npm run fetch-mnist)');
    return undefined;
  }
  return await readMnist(folder, 50_000, 10_000);
}

/** What --count says, in `things`; ends the program where it is no whole number of them. */
export function countOf(text: string, things: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1) return count;
  console.error(`--count takes a whole number of ${things}, 1 or more`);
  return process.exit(2);
}
