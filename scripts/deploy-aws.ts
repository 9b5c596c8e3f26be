import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { packageRoot } from '../src/package.ts';

/**
 * `npm run deploy:aws`: Glimpse on Amazon ECS (docs/deploy/ecs.md). The CDK is a package of its own, which is installed
 * when it is first asked for. `-- --dry-run` says what would be made and what it costs.
 */
const folder = join(packageRoot, 'deploy', 'cdk');

function run(command: string, ...args: string[]): number {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', cwd: folder });
  if (error) console.error(`${command} could not be started: ${error.message}`);
  return status ?? 1;
}

if (!existsSync(join(folder, 'node_modules', 'aws-cdk-lib'))) {
  console.error('Installing the CDK into deploy/cdk (some 250 MB, once) ...');
  if (run('npm', 'ci', '--no-audit', '--no-fund') !== 0) {
    console.error('deploy/cdk could not be installed: the npm registry did not answer.');
    process.exit(1);
  }
}
// Its working folder is another one than the caller's, from which a file of settings is named.
const words = process.argv.slice(2);
const named = words.indexOf('--settings') + 1;
if (named > 0 && words[named] !== undefined) words[named] = resolve(words[named]);
process.exitCode = run(join(folder, 'node_modules', '.bin', 'tsx'), 'src/deploy.ts', ...words);
