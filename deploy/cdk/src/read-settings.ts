import { readFileSync } from 'node:fs';
import { formProblems } from './check-form.ts';
import { problemsOf } from './check-settings.ts';
import { defaultSettings, filledIn, type GivenSettings, type Settings } from './settings.ts';

export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** The settings with defaults filled in; refuses what cannot work with a sentence for each. */
export function readSettings(given: unknown): Settings {
  const wrongForm = formProblems(given, defaultSettings);
  // The rest relies on the form.
  const problems = wrongForm.length > 0 ? wrongForm : problemsOf(given as GivenSettings);
  if (problems.length > 0) throw new SettingsError(problems.join('\n'));
  return filledIn(given as GivenSettings);
}

/** What a file sets, once it is known to work; without a file, nothing. */
export function settingsOfFile(file: string | undefined): GivenSettings {
  if (file === undefined) return {};
  let given: unknown;
  try {
    given = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new SettingsError(`The settings in ${file} cannot be read: ${(error as Error).message}`);
  }
  readSettings(given);
  return given as GivenSettings;
}
