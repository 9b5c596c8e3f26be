import { openStore } from '../../src/repository/stores/open-store.ts';
import { createRepository } from '../../src/repository/model-repository.ts';
import { s3OptionsFor } from '../../test/support/s3-options.ts';
import { tinyDraft } from '../../test/support/tiny-version.ts';

/** A publisher in a process of its own, which is killed somewhere: publishes one version, and says what it has claimed. */
const [uri = '', endpoint = '', writerId = '', cacheDir = ''] = process.argv.slice(2);
const repository = createRepository({
  store: openStore(uri, s3OptionsFor(endpoint, { maxAttempts: 1 })),
  cacheDir,
  maxArtifactBytes: 1e8,
});
const draft = await tinyDraft({ label: 'killed' });
const { version } = await repository.publish(draft, undefined, {
  writerId,
  onClaimed: async (claimed) => void process.stdout.write(`claimed ${claimed}\n`),
});
process.stdout.write(`published ${version}\n`);
await repository.close();
