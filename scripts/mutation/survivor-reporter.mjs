/** A plugin of Stryker: names every change that no test noticed as soon as that is known. */
export const strykerPlugins = [
  { kind: 'Reporter', name: 'survivors', injectableClass: createReporterClass() },
];

function createReporterClass() {
  return class {
    onMutantTested({ status, fileName, location, mutatorName, replacement }) {
      if (status === 'Killed' || status === 'Timeout' || status === 'Ignored') return;
      const { line, column } = location.start;
      console.log(`${status}: ${fileName}:${line}:${column} ${mutatorName} -> ${replacement}`);
    }
  };
}
