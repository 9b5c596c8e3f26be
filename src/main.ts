/** The server process: `node dist/main.js` is `glimpse serve`, with the same options. */
import { keepCompiledCode } from './compose/compile-cache.ts';

keepCompiledCode();
const { runProgram } = await import('./cli/program.ts');
const serve = { summary: 'start the server', load: () => import('./cli/serve.ts') };
const options = process.argv.slice(process.argv[2] === 'serve' ? 3 : 2);
process.exitCode = await runProgram(['serve', ...options], { serve });
