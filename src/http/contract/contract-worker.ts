import { serveThread, wholeBuffers } from '../../threads.ts';
import { renderContract, type ContractRequest } from './render-contract.ts';

/** The program of the thread that writes the contract: what a server answers in, the document out. */
await serveThread<unknown, ContractRequest, Uint8Array>(() => ({
  handle: renderContract,
  transfer: (bytes) => wholeBuffers(bytes),
}));
