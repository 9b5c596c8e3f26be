import { writeSync } from 'node:fs';

/** A cell that says what it is told by its environment, and then writes what is no answer. */
process.stderr.write(`${JSON.stringify(Object.keys(process.env))}\n`);
const { JUNK } = process.env;
writeSync(3, JUNK ? Buffer.from(JUNK, 'hex') : 'no frame at all, but long enough for a head');
setInterval(() => {}, 1000);
