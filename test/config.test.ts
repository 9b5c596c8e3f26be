import { describe, expect, it } from 'vitest';
import { ConfigSchema } from '../src/config/config-schema.ts';
import { domainOf, isKnob, readConfig, unknownKnobs } from '../src/config.ts';

describe('the configuration', () => {
  it('is complete and frozen without any variable', () => {
    const config = readConfig({});
    expect(Object.keys(config).toSorted()).toEqual(Object.keys(ConfigSchema.properties).toSorted());
    expect(config).toMatchObject({ GLIMPSE_PORT: 8080, GLIMPSE_REPOSITORY: './models' });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('reads numbers as numbers and leaves other variables alone', () => {
    const config = readConfig({
      GLIMPSE_PORT: '9000',
      GLIMPSE_INLINE_BUDGET_MS: '2.5',
      PATH: '/x',
    });
    expect(config).toMatchObject({ GLIMPSE_PORT: 9000, GLIMPSE_INLINE_BUDGET_MS: 2.5 });
    expect(config).not.toHaveProperty('PATH');
  });

  it.each([
    ['1e3', 1000],
    [' 8080 ', 8080],
    ['0', 0],
  ])('reads %j as a whole number', (text, port) => {
    expect(readConfig({ GLIMPSE_PORT: text }).GLIMPSE_PORT).toBe(port);
  });

  it.each(['80.5', '-1', '65536', 'Infinity', 'NaN', '80 80', ' ', 'true'])(
    'does not take %j for a port',
    (text) => {
      expect(() => readConfig({ GLIMPSE_PORT: text })).toThrow(`GLIMPSE_PORT=${text} does not fit`);
    },
  );

  it('takes a variable set to nothing for one that is not set', () => {
    expect(readConfig({ GLIMPSE_PORT: '', GLIMPSE_HOST: '' })).toMatchObject({
      GLIMPSE_PORT: 8080,
      GLIMPSE_HOST: '0.0.0.0',
    });
  });

  it('takes what SageMaker sets for what stands for it, unless a setting of ours says otherwise', () => {
    const env = { SAGEMAKER_BIND_TO_PORT: '8081', SAGEMAKER_MULTI_MODEL: 'true' };
    expect(readConfig(env)).toMatchObject({
      GLIMPSE_PORT: 8081,
      GLIMPSE_SAGEMAKER_MULTI_MODEL: 'true',
    });
    expect(readConfig({ ...env, GLIMPSE_PORT: '9000' }).GLIMPSE_PORT).toBe(9000);
    expect(readConfig({ SAGEMAKER_BIND_TO_PORT: '' }).GLIMPSE_PORT).toBe(8080);
    expect(() => readConfig({ SAGEMAKER_BIND_TO_PORT: 'http' })).toThrow('GLIMPSE_PORT=http');
  });

  it('names every knob that does not fit, what it was given and what it takes', () => {
    const env = {
      GLIMPSE_PORT: 'http',
      GLIMPSE_MAX_BATCH_SIZE: '0',
      GLIMPSE_S3_CHECKSUMS: 'sometimes',
    };
    expect(() => readConfig(env)).toThrow(
      [
        'GLIMPSE_PORT=http does not fit: it takes a whole number, at least 0, at most 65535.',
        'GLIMPSE_S3_CHECKSUMS=sometimes does not fit: it takes one of auto, always, required.',
        'GLIMPSE_MAX_BATCH_SIZE=0 does not fit: it takes a whole number, at least 1.',
      ].join('\n'),
    );
  });

  it('tells variables that only look like knobs', () => {
    expect(unknownKnobs({ GLIMPSE_PROT: '1', GLIMPSE_PORT: '1', HOME: '/' })).toEqual([
      'GLIMPSE_PROT',
    ]);
  });

  it('has a sentence, a default and a domain in words for every knob', () => {
    for (const [knob, schema] of Object.entries(ConfigSchema.properties)) {
      expect(schema, knob).toMatchObject({
        description: expect.stringMatching(/^[\p{L}\d:].*\.$/u),
      });
      expect(schema, knob).toHaveProperty('default');
      expect(isKnob(knob) && domainOf(knob), knob).toMatch(/^(text|a whole|a number|one of)/);
    }
  });
});
