let failures = 0;

/** Says whether something holds, and what was found where it does not. */
export function check(claim: string, isTrue: boolean, found: unknown = ''): void {
  if (!isTrue) failures += 1;
  const text = typeof found === 'string' ? found : JSON.stringify(found);
  console.log(`${isTrue ? 'ok   ' : 'FAIL '} ${claim}${isTrue ? '' : `: ${text?.slice(-3000)}`}`);
}

/** How often something did not hold. */
export function failuresSoFar(): number {
  return failures;
}
