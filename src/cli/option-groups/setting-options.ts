import { ConfigError, domainOf, knobs, readConfig, type Config, type Knob } from '../../config.ts';
import { UsageError, type Option } from '../command.ts';
import { secretKnobs, wordsOf } from '../config.ts';

/**
 * Every setting of the environment as an option of a command: GLIMPSE_DATA_DIR is --data-dir. Secrets are none:
 * everybody on the machine reads the words of a command.
 */
export const settingOptions: Readonly<Record<string, Option<string | undefined>>> =
  Object.fromEntries(
    knobs.filter((knob) => !secretKnobs.has(knob)).map((knob) => [keyOf(knob), optionOf(knob)]),
  );

/** The configuration with what was given on the command line on top of the environment. */
export function configOf(given: Readonly<Record<string, unknown>>): Config {
  const settings = knobs.flatMap((knob) => {
    const value = given[keyOf(knob)];
    return typeof value === 'string' ? [[knob, value] as const] : [];
  });
  return readConfig(undefined, Object.fromEntries(settings));
}

/** GLIMPSE_DATA_DIR is dataDir. */
function keyOf(knob: Knob): string {
  return knob
    .slice('GLIMPSE_'.length)
    .toLowerCase()
    .replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function optionOf(knob: Knob): Option<string | undefined> {
  const { value, sentence } = wordsOf(knob);
  const domain = domainOf(knob);
  const isChoice = domain.startsWith('one of');
  return {
    value: isChoice ? 'choice' : domain === 'text' ? 'text' : 'number',
    description: `${sentence} (${[knob, ...(isChoice ? [domain] : []), `default ${value || 'empty'}`].join('; ')})`,
    read(given) {
      try {
        readConfig({ [knob]: given });
        return given;
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        throw new UsageError(`takes ${domain}, not "${given}".`);
      }
    },
  };
}
