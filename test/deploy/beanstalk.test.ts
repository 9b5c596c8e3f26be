import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { bundleFiles } from '../../scripts/bundle-eb.ts';
import { readConfig } from '../../src/config.ts';
import { ConfigSchema } from '../../src/config/config-schema.ts';

const image = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/glimpse:0.1.0';
const files = await bundleFiles(image);
const text = (name: string): string => files.get(name)!.toString('utf8');
const { services } = parse(text('docker-compose.yml')) as {
  services: Record<string, Record<string, unknown>>;
};
const glimpse = services['glimpse']!;
const options = (
  parse(text('.ebextensions/glimpse.config')) as {
    option_settings: Record<string, Record<string, string>>;
  }
).option_settings;
const nginx = text('.platform/nginx/nginx.conf');
const config = readConfig({});

/** The value of a directive of nginx in seconds or bytes. */
function numberOf(directive: string): number {
  const [, digits, unit] = new RegExp(`\\b${directive} (\\d+)([sm]);`).exec(nginx)!;
  return Number(digits) * (unit === 'm' ? 1024 * 1024 : 1);
}

describe('the source bundle of Elastic Beanstalk', () => {
  it('has what the platform looks for, in the places where it looks', () => {
    expect([...files.keys()]).toEqual([
      '.ebextensions/glimpse.config',
      '.platform/nginx/nginx.conf',
      'docker-compose.yml',
    ]);
  });

  it('runs the image that was named, and only one that does not move', async () => {
    expect(glimpse['image']).toBe(image);
    const digest = `glimpse@sha256:${'a'.repeat(64)}`;
    const named = await bundleFiles(digest);
    expect(named.get('docker-compose.yml')!.toString()).toContain(`image: ${digest}\n`);
    for (const wrong of [
      'glimpse',
      'glimpse:latest',
      'a b:1',
      '',
      'glimpse:1\n    privileged: true',
    ]) {
      await expect(bundleFiles(wrong)).rejects.toThrow(/version of (an|the) image/);
    }
  });

  it('starts the image as closed as docker-compose.yml does, behind nginx of its own instance', () => {
    const compose = parse(
      readFileSync(join(import.meta.dirname, '../../docker-compose.yml'), 'utf8'),
      { merge: true },
    ) as {
      services: Record<string, Record<string, unknown>>;
    };
    for (const key of [
      'init',
      'restart',
      'read_only',
      'tmpfs',
      'cap_drop',
      'security_opt',
      'pids_limit',
      'healthcheck',
    ]) {
      expect(glimpse[key], key).toEqual(compose.services['glimpse']![key]);
    }
    expect(glimpse['ports']).toEqual(['127.0.0.1:8080:8080']);
    expect(glimpse['env_file']).toBe('.env');
  });

  it('waits for a stop longer than a drain and the grace after it take', () => {
    const { GLIMPSE_DRAIN_DELAY_MS: drain } = glimpse['environment'] as Record<string, string>;
    const seconds = Number.parseInt(String(glimpse['stop_grace_period']), 10);
    expect(seconds * 1000).toBeGreaterThan(Number(drain) + config.GLIMPSE_SHUTDOWN_GRACE_MS);
    const health = options['aws:elasticbeanstalk:environment:process:default']!;
    const looksAway = Number(health['HealthCheckInterval']) * 1000;
    expect(Number(drain)).toBeGreaterThanOrEqual(looksAway);
  });

  it('is asked by /readyz, and replaced beside one more instance', () => {
    expect(options['aws:elasticbeanstalk:environment:process:default']).toMatchObject({
      HealthCheckPath: '/readyz',
      MatcherHTTPCode: '200',
    });
    expect(options['aws:elasticbeanstalk:command']).toMatchObject({
      DeploymentPolicy: 'RollingWithAdditionalBatch',
    });
    expect(options['aws:elasticbeanstalk:healthreporting:system']).toMatchObject({
      SystemType: 'enhanced',
    });
  });

  it('has texts for values, as option settings take them', () => {
    for (const [namespace, values] of Object.entries(options)) {
      expect(namespace).toMatch(/^aws:/);
      for (const value of Object.values(values))
        expect(typeof value, `${namespace}: ${value}`).toBe('string');
    }
  });

  it('sets only settings that there are, and no secret', () => {
    const own = Object.keys(options['aws:elasticbeanstalk:application:environment']!);
    const composed = Object.keys(glimpse['environment'] as object);
    const unknown = [...own, ...composed].filter((name) => !(name in ConfigSchema.properties));
    expect(unknown).toEqual([]);
    expect(own.filter((name) => /KEY|SECRET|TOKEN/.test(name))).toEqual([]);
  });

  it('lets nginx take the largest body that Glimpse takes, and as long as it takes', () => {
    expect(numberOf('client_max_body_size')).toBe(config.GLIMPSE_TRAIN_BODY_LIMIT_BYTES);
    expect(numberOf('proxy_read_timeout') * 1000).toBeGreaterThan(
      config.GLIMPSE_REQUEST_TIMEOUT_MS,
    );
    expect(nginx).toContain('proxy_request_buffering off;');
    expect(nginx).toContain('proxy_next_upstream off;');
  });

  it('lets nginx end an idle connection to Glimpse before Glimpse does', () => {
    const upstream = /upstream glimpse \{.*?keepalive_timeout (\d+)s;/s.exec(nginx)!;
    expect(Number(upstream[1]) * 1000).toBeLessThan(config.GLIMPSE_KEEP_ALIVE_TIMEOUT_MS);
  });
});
