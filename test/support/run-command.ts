import { vi } from 'vitest';
import { UsageError, type Command } from '../../src/cli/command.ts';
import { isGlimpseError } from '../../src/errors.ts';
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
  try {
    return { code: await command.run(args), ...written };
  } catch (error) {
    if (error instanceof UsageError) return { ...written, code: 2, stderr: error.message };
    if (isGlimpseError(error)) {
      return { ...written, code: 1, stderr: `${error.message} (${error.code})` };
    }
    throw error;
  } finally {
    for (const spy of spies) spy.mockRestore();
    vi.unstubAllEnvs();
  }
}
