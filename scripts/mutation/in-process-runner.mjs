import { BroadcastChannel } from 'node:worker_threads';
import { createVitest } from 'vitest/node';

/** A plugin of Stryker: the tests run in one session of Vitest for as long as it stays whole (session.ts). */
export const strykerPlugins = [
  { kind: 'TestRunner', name: 'in-process', injectableClass: createRunnerClass() },
];

function createRunnerClass() {
  return class {
    capabilities() {
      return { reloadEnvironment: false };
    }

    async init() {
      const { TMPDIR, TEMP, TMP } = process.env;
      this.outerFolders = { TMPDIR, TEMP, TMP };
      this.channel = new BroadcastChannel('mutation');
      this.vitest = await createVitest('test', {
        config: 'vitest.mutation.config.ts',
        watch: false,
        coverage: { enabled: false },
        reporters: [{}],
      });
      this.ended = this.vitest.start();
      await this.answer();
    }

    /** The next thing the session says, or that it has ended. */
    async answer() {
      const answered = new Promise((resolve) => {
        // oxlint-disable-next-line prefer-add-event-listener -- it has none
        this.channel.onmessage = ({ data }) => 'answer' in data && resolve(data.answer);
      });
      const answer = await Promise.race([answered, this.ended.then(() => undefined)]);
      if (answer !== undefined) return answer;
      const errors = this.vitest.state.getFiles().flatMap((file) => file.result?.errors ?? []);
      throw new Error(`The session ended: ${errors.map(({ message }) => message).join('; ')}`);
    }

    ask(ask) {
      const answer = this.answer();
      this.tell(ask);
      return answer;
    }

    tell(ask) {
      // oxlint-disable-next-line require-post-message-target-origin -- it is no window
      this.channel.postMessage({ ask });
    }

    dryRun() {
      return this.ask({});
    }

    async mutantRun({ activeMutant: { id }, hitLimit, testFilter: tests }) {
      const ask = { mutant: { id, hitLimit, tests } };
      const first = await this.ask(ask);
      if (first.isWhole) return first.result;
      // Perhaps it was the fault of a change that was tried before: only a fresh session knows.
      await this.restart();
      const second = await this.ask(ask);
      if (!second.isWhole) await this.restart();
      return second.result;
    }

    async restart() {
      await this.dispose();
      await this.init();
      await this.dryRun();
    }

    async dispose() {
      this.tell({ end: true });
      await this.ended;
      this.channel.close();
      await this.vitest.close();
      // Its temporary folder is gone.
      for (const [name, folder] of Object.entries(this.outerFolders)) {
        if (folder === undefined) delete process.env[name];
        else process.env[name] = folder;
      }
    }
  };
}
