/**
 * Calls a reporter of somebody else's. One that throws must not stop what it reports on: that costs a
 * warning, not an answer.
 */
export function notify(report: () => void): void {
  try {
    report();
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : String(error));
  }
}
