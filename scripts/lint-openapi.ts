import { join } from 'node:path';
import { packageRoot } from '../src/package.ts';
import { MissingTool, run } from './foreign/run.ts';
import { npmPackages } from './foreign/tools.ts';

/** `npm run lint:openapi`: Redocly's and Spectral's rules on openapi.yaml, by .redocly.yaml and .spectral.yaml. */
const linters = [
  { name: 'Redocly', package: '@redocly/cli@2.77.0', command: 'redocly lint openapi.yaml' },
  {
    name: 'Spectral',
    package: '@stoplight/spectral-cli@6.16.3',
    command: 'spectral lint openapi.yaml --ruleset .spectral.yaml --fail-severity=hint',
  },
];

const env = { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };

for (const { name, package: wanted, command } of linters) {
  const [program = '', ...args] = command.split(' ');
  try {
    const tools = await npmPackages(wanted);
    await run(join(tools, 'node_modules', '.bin', program), args, { cwd: packageRoot, env });
    console.log(`${name}: nothing to say.`);
  } catch (error) {
    const isMissing = error instanceof MissingTool;
    console.log(`${name}: ${isMissing ? 'NOT RUN, ' : ''}${String(error)}`);
    if (!isMissing) process.exitCode = 1;
  }
}
