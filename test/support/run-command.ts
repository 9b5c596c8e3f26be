import { vi } from 'vitest';
import type { Command } from '../../src/cli/command.ts';
import { runProgram } from '../../src/cli/program.ts';
import type { CliResult } from './cli.ts';

/** Runs one command inside this process, as cli.ts would, with these settings in the environment. */
export async function runCommand(
  command: Command,
  args: string[],
  env: Record<string, string> = {},
): Promise<CliResult> {
  const written = { stdout: '', stderr: '' };
  for (const [key, value] of Object.entries(env)) vi.stubEnv(key, value);
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      written[name] += String(text);
      return true;
    }),
  );
  const listed = { [command.name]: { summary: '', load: async () => ({ command }) } };
  try {
    return { code: await runProgram([command.name, ...args], listed), ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
    vi.unstubAllEnvs();
  }
}
