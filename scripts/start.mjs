/**
 * `npm start`: compiles when the sources are newer than what was compiled last, then becomes the server.
 * The server runs in this very process, so signals reach it.
 */
import { compileWhenStale } from './compile.mjs';

compileWhenStale();
await import('../dist/main.js');
