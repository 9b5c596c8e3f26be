#!/usr/bin/env node
/** `npx glimpse`: the command of the compiled program, compiled first where the sources are newer. */
import { compileWhenStale } from './compile.mjs';

compileWhenStale();
await import('../dist/cli.js');
