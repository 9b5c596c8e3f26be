import { openCrashLedger } from '../../build/registry/crash-ledger.js';

/** Enters an opening, says so, and never ends it. */
const [folder, subject] = process.argv.slice(2);
await openCrashLedger(folder).enter(JSON.parse(subject));
console.log('entered');
setInterval(() => {}, 1000);
