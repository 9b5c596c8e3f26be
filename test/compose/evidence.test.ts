import { describe, expect, it } from 'vitest';
import { openLogStore } from '../../src/compose/evidence.ts';
import { ConfigError, readConfig } from '../../src/config.ts';

const open = (log: string, models = '/srv/models') =>
  openLogStore(readConfig({ GLIMPSE_PREDICTION_LOG: log }), models);

describe('the place of the prediction log', () => {
  it('is none unless it is named', () => {
    expect(open('')).toBeUndefined();
  });

  it.each(['/srv/models', '/srv/models/log', '/srv', 'file:/srv/models'])(
    'is refused among the models: %s',
    (log) => {
      expect(() => open(log)).toThrow(ConfigError);
    },
  );

  it('may lie beside them, also in the same bucket', async () => {
    const beside = open('/srv/models-log');
    expect(beside!.uri).toBe('/srv/models-log');
    await beside!.close();
    const bucket = open('s3://bucket/log', 's3://bucket/models');
    expect(bucket!.uri).toBe('s3://bucket/log');
    await bucket!.close();
    expect(() => open('s3://bucket', 's3://bucket/models')).toThrow(ConfigError);
  });
});
