/** The server process: `node dist/main.js` is `glimpse serve`, with the same options. */
import { runProgram } from './cli/program.ts';

const serve = { summary: 'start the server', load: () => import('./cli/serve.ts') };

process.exitCode = await runProgram(['serve', ...process.argv.slice(2)], { serve });
