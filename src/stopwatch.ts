/** Returns the seconds since its last call. */
export function createStopwatch(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const seconds = (now - last) / 1000;
    last = now;
    return Number(seconds.toFixed(3));
  };
}
