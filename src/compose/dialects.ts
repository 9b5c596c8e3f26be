import { ConfigError, listOf, type Config } from '../config.ts';
import { dialectNames, type DialectName } from '../http/dialects/dialect.ts';

/** The dialects that are spoken. A slip of the pen would switch one off that somebody needs. */
export function spokenDialects(config: Config): readonly DialectName[] {
  const { GLIMPSE_DIALECTS: setting } = config;
  const words = setting.trim() === 'none' ? [] : listOf(setting);
  const unknown = words.find((word) => !isDialect(word));
  if (unknown !== undefined) {
    throw new ConfigError(
      `GLIMPSE_DIALECTS=${setting} does not fit: "${unknown}" is none of ${dialectNames.join(', ')}, and no list with "none" is one.`,
    );
  }
  const names = words.filter(isDialect);
  refuseUnspoken(names, config);
  return names;
}

function isDialect(word: string): word is DialectName {
  return dialectNames.some((name) => name === word);
}

/** Settings that open another wire of a dialect, or more calls of it: there is none without the dialect. */
function refuseUnspoken(names: readonly DialectName[], config: Config): void {
  const opened: readonly (readonly [setting: keyof Config, isSet: boolean, name: DialectName])[] = [
    ['GLIMPSE_GRPC_PORT', config.GLIMPSE_GRPC_PORT !== 0, 'oip'],
    ['GLIMPSE_TORCHSERVE_PORT', config.GLIMPSE_TORCHSERVE_PORT !== 0, 'torchserve'],
    ['GLIMPSE_SAGEMAKER_MULTI_MODEL', config.GLIMPSE_SAGEMAKER_MULTI_MODEL === 'true', 'sagemaker'],
  ];
  const odd = opened.find(([, isSet, name]) => isSet && !names.includes(name));
  if (odd) throw new ConfigError(`${odd[0]} needs ${odd[2]} among GLIMPSE_DIALECTS.`);
}
