import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { Static } from 'typebox';
import { Check } from 'typebox/schema';
import { Type } from '../../../schema/builder.ts';

/**
 * Who a process is, so that others can tell whether it still lives. A process number alone says
 * little: numbers are used again, and every container counts its own. So it goes with the place that
 * number belongs to (this boot of this machine, this process namespace) and the moment it started.
 */
const IdentitySchema = Type.Object({
  place: Type.String(),
  pid: Type.Integer({ minimum: 1 }),
  startedAt: Type.String({ description: 'Empty where the system does not tell.' }),
});
export type ProcessIdentity = Static<typeof IdentitySchema>;

export async function processIdentity(): Promise<ProcessIdentity> {
  return {
    place: await pidNamespace(),
    pid: process.pid,
    startedAt: (await startOf(process.pid)) ?? '',
  };
}

/** Whether the process these words (JSON) name is alive; undefined when one cannot tell from here. */
export async function isProcessAlive(words: string): Promise<boolean | undefined> {
  const identity = parse(words);
  if (identity === undefined || identity.place !== (await pidNamespace())) return undefined;
  const startedAt = await startOf(identity.pid);
  if (identity.startedAt !== '' && startedAt !== undefined) return startedAt === identity.startedAt;
  try {
    process.kill(identity.pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, but belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** The process number in these words (JSON); undefined when they name no process. */
export function pidIn(words: string): number | undefined {
  return parse(words)?.pid;
}

function parse(words: string): ProcessIdentity | undefined {
  try {
    const value: unknown = JSON.parse(words);
    return Check(IdentitySchema, value) ? value : undefined;
  } catch {
    return undefined;
  }
}

async function pidNamespace(): Promise<string> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    return `${boot.trim()} ${await readlink('/proc/self/ns/pid')}`;
  } catch {
    return `host ${hostname()}`;
  }
}

/** Clock ticks between boot and start, where there is a /proc: field 22, after the name in brackets. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended; only its parent has not noticed.
    return fields[0] === 'Z' || fields[0] === 'X' ? 'ended' : fields[19];
  } catch {
    return undefined;
  }
}
