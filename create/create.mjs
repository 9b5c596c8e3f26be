#!/usr/bin/env node
/** `npm create glimpse my-app`: `glimpse init my-app`, by the Glimpse that npm has installed beside this. */
const manifest = import.meta.resolve('glimpse/package.json');
process.argv.splice(2, 0, 'init');
await import(new URL('scripts/glimpse.mjs', manifest).href);
