import { describe, expect, it } from 'vitest';
import { spokenDialects } from '../../src/compose/dialects.ts';
import { ConfigError, readConfig } from '../../src/config.ts';

const spoken = (env: Record<string, string>) => spokenDialects(readConfig(env));

describe('GLIMPSE_DIALECTS', () => {
  it('names those that are spoken: all, some, or none', () => {
    expect(spoken({})).toEqual(['oip', 'tfserving', 'sagemaker', 'torchserve']);
    expect(spoken({ GLIMPSE_DIALECTS: 'torchserve, oip' })).toEqual(['torchserve', 'oip']);
    expect(spoken({ GLIMPSE_DIALECTS: 'none' })).toEqual([]);
  });

  it.each(['kserve', 'none,oip'])('refuses %s, which is no list of them', (setting) => {
    expect(() => spoken({ GLIMPSE_DIALECTS: setting })).toThrow(ConfigError);
  });

  it.each([
    ['GLIMPSE_GRPC_PORT', '8001', 'oip'],
    ['GLIMPSE_TORCHSERVE_PORT', '8081', 'torchserve'],
    ['GLIMPSE_SAGEMAKER_MULTI_MODEL', 'true', 'sagemaker'],
  ])('lets %s open nothing of a dialect that is switched off', (setting, value, name) => {
    expect(() => spoken({ [setting]: value, GLIMPSE_DIALECTS: 'tfserving' })).toThrow(
      `${setting} needs ${name} among GLIMPSE_DIALECTS.`,
    );
    expect(spoken({ [setting]: value, GLIMPSE_DIALECTS: name })).toEqual([name]);
  });
});
