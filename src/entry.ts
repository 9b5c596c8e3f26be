import { extname } from 'node:path';

/** How to start another file of ours as a worker thread or a child process. */
export interface Entry {
  readonly url: URL;
  readonly execArgv: string[];
}

/**
 * The file `name` beside the calling module, runnable as it stands: compiled JavaScript as is, and
 * TypeScript source (tests, `npm run dev`) through tsx, because Node 20 cannot strip types itself.
 */
export function entryBeside(importMetaUrl: string, name: string): Entry {
  const extension = extname(new URL(importMetaUrl).pathname);
  const url = new URL(`${name}${extension}`, importMetaUrl);
  return { url, execArgv: extension === '.ts' ? ['--import', tsxRegistration()] : [] };
}

/** tsx’s own `--import tsx` does nothing in a worker thread; its programmatic form works in both. */
function tsxRegistration(): string {
  const api = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  return `data:text/javascript,import{register}from${encodeURIComponent(api)};register()`;
}
