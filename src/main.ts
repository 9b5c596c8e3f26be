/** The server process: `node dist/main.js` is `glimpse serve` without the rest of the command. */
import { serve } from './cli/serve.ts';

await serve();
