/**
 * A plugin of Stryker: names every change that no test noticed as soon as that is known, and every file whose
 * changes have all been tried, so that a run that is stopped has told something.
 */
export const strykerPlugins = [
  { kind: 'Reporter', name: 'survivors', injectableClass: createReporterClass() },
];

const noticed = new Set(['Killed', 'Timeout']);

function createReporterClass() {
  return class {
    files = new Map();

    onMutationTestingPlanReady({ mutantPlans }) {
      for (const { mutant } of mutantPlans) this.countsOf(mutant.fileName).left += 1;
    }

    onMutantTested({ status, fileName, location, mutatorName, replacement }) {
      const counts = this.countsOf(fileName);
      counts.left -= 1;
      if (status !== 'Ignored') counts.tried += 1;
      if (status !== 'Ignored' && !noticed.has(status)) {
        const { line, column } = location.start;
        counts.survived += 1;
        console.log(`${status}: ${fileName}:${line}:${column} ${mutatorName} -> ${replacement}`);
      }
      if (counts.left === 0)
        console.log(`Done: ${fileName}: ${counts.tried} tried, ${counts.survived} survived`);
    }

    countsOf(file) {
      if (!this.files.has(file)) this.files.set(file, { left: 0, tried: 0, survived: 0 });
      return this.files.get(file);
    }
  };
}
