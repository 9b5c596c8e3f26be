import { serveThread, wholeBuffers } from '../../threads.ts';
import { renderContract, type DescribedServer, type RenderedContract } from './render-contract.ts';

/** The program of the thread that writes the contract: what a server answers in, the document out. */
await serveThread<unknown, DescribedServer, RenderedContract>(() => ({
  handle: renderContract,
  transfer: ({ json, yaml }) => wholeBuffers(json, yaml),
}));
