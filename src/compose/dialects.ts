import { ConfigError, listOf, type Config } from '../config.ts';
import { dialectNames, type DialectName } from '../http/dialects/dialect.ts';

/** The dialects that are spoken. A slip of the pen would switch one off that somebody needs. */
export function spokenDialects({ GLIMPSE_DIALECTS: setting }: Config): readonly DialectName[] {
  const words = setting.trim() === 'none' ? [] : listOf(setting);
  const unknown = words.find((word) => !isDialect(word));
  if (unknown !== undefined) {
    throw new ConfigError(
      `GLIMPSE_DIALECTS=${setting} does not fit: "${unknown}" is none of ${dialectNames.join(', ')}, and no list with "none" is one.`,
    );
  }
  return words.filter(isDialect);
}

function isDialect(word: string): word is DialectName {
  return dialectNames.some((name) => name === word);
}
