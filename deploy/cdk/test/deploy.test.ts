import { Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import {
  Effect,
  PolicyDocument,
  PolicyStatement,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { glimpseApp } from '../src/app.ts';
import { type Cost, monthlyCosts, type Resources, tasksAt } from '../src/cost.ts';
import { dryRun, needs } from '../src/deploy.ts';
import { type Load, loads } from '../src/loads.ts';
import { priceList } from '../src/prices.ts';
import { readSettings } from '../src/read-settings.ts';
import { defaultSettings, type GivenSettings } from '../src/settings.ts';
import { full, synthesised } from './synthesised.ts';

const load = (name: string): Load => loads.find((one) => one.name === name)!;
const costs = (given: GivenSettings, name: string): Cost[] => {
  const { Resources: resources } = synthesised(given).template.toJSON() as { Resources: Resources };
  return monthlyCosts(readSettings(given), resources, load(name), priceList());
};
const dollars = (rows: readonly Cost[], what: RegExp): number =>
  rows.filter((row) => what.test(row.what)).reduce((sum, row) => sum + row.dollars, 0);

describe('the rules of cdk-nag', () => {
  const folder = mkdtempSync(join(tmpdir(), 'glimpse-cdk-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('end synthesis over a bucket that anybody may ask without TLS', () => {
    const { app, stack } = glimpseApp({}, folder);
    new Bucket(stack, 'Open');
    expect(() => app.synth()).toThrow('does not require requests to use SSL');
  });

  it('end synthesis over a statement with a wildcard for which nobody gave a reason', () => {
    const { app, stack } = glimpseApp({}, folder);
    const statements = [
      new PolicyStatement({ effect: Effect.ALLOW, actions: ['s3:GetObject'], resources: ['*'] }),
    ];
    new Role(stack, 'Wide', {
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
      inlinePolicies: { Statements: new PolicyDocument({ statements }) },
    });
    expect(() => app.synth()).toThrow('wildcard permissions');
  });

  it('are heard: what is acknowledged by its name and no other passes', () => {
    const { stack } = glimpseApp({}, folder);
    const bucket = new Bucket(stack, 'Open');
    for (const id of ['S1', 'S10']) {
      Validations.of(bucket).acknowledge({
        id: `AwsSolutions::AwsSolutions-${id}`,
        reason: 'a test',
      });
    }
    expect(() => Template.fromStack(stack)).not.toThrow();
  });
});

describe('what a month costs', () => {
  it('is the sum of hours, gigabytes and requests, each at a price with its source', () => {
    const rows = costs({}, 'small');
    expect(dollars(rows, /^2 tasks, processor$/)).toBeCloseTo(2 * 730 * 0.03238, 6);
    expect(dollars(rows, /^2 tasks, memory$/)).toBeCloseTo(2 * 2 * 730 * 0.00356, 6);
    expect(dollars(rows, /^load balancer$/)).toBeCloseTo(730 * 0.0225, 6);
    // 10 requests a second of 50.6 kB are 1.82 GB an hour: more than their single new connection a second counts.
    expect(dollars(rows, /^its capacity$/)).toBeCloseTo(10 * 3600 * 50_600e-9 * 730 * 0.008, 6);
    expect(dollars(rows, /^NAT gateways$/)).toBeCloseTo(730 * 0.045, 6);
    for (const { price } of rows) expect(price.per).not.toBe('');
  });

  it('grows with the load by as many tasks as autoscaling would have', () => {
    expect(tasksAt(defaultSettings, load('idle'))).toBe(2);
    expect(tasksAt(defaultSettings, load('busy'))).toBe(4);
    expect(tasksAt({ ...defaultSettings, tasks: { min: 2, max: 3 } }, load('busy'))).toBe(3);
    expect(dollars(costs({}, 'busy'), /^4 tasks, processor$/)).toBeCloseTo(4 * 730 * 0.03238, 6);
  });

  it('is more on x86, without spot and with Prometheus, by what these cost', () => {
    const x86 = costs({ architecture: 'X86_64' }, 'small');
    expect(dollars(x86, /^2 tasks, processor$/)).toBeCloseTo(2 * 730 * 0.04048, 6);
    const spot = dollars(costs({ training: { mode: 'batch' } }, 'small'), /training/);
    const paid = dollars(costs({ training: { mode: 'batch', spot: false } }, 'small'), /training/);
    expect(paid).toBeCloseTo(20 * (4 * 0.03238 + 8 * 0.00356), 6);
    expect(spot).toBeCloseTo(paid / 2, 6);
    expect(dollars(costs(full, 'small'), /Prometheus/)).toBeGreaterThan(0);
    expect(dollars(costs({}, 'small'), /Prometheus|training/)).toBe(0);
  });

  it('counts the alarms by the metrics they look at, and two for each scaling policy', () => {
    const [row] = costs({}, 'idle').filter(({ what }) => what.startsWith('alarms'));
    // Errors has three metrics, the five other alarms one each, and there are three policies.
    expect(row!.quantity).toBe(3 + 5 + 6);
  });

  it('leaves out what costs nothing at a load', () => {
    expect(costs({}, 'idle').map(({ what }) => what)).not.toContain('answers to callers');
  });
});

describe('the price list', () => {
  it('is of one day and region, and says of every price where it was read and of when, or that it was not', () => {
    const { collected, region, prices } = priceList();
    expect(collected).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(region).toBe('us-east-1');
    for (const { dollars: amount, source, of } of Object.values(prices)) {
      expect(amount).toBeGreaterThan(0);
      if (source === null) expect(of).toBeNull();
      else expect(source).toMatch(/^https:\/\//);
    }
  });
});

describe('a dry run', () => {
  const said = dryRun({ name: 'shop' }, 'small').join('\n');

  it('names every resource, by its type and name', () => {
    const { Resources: resources } = synthesised({ name: 'shop' }).template.toJSON() as {
      Resources: Resources;
    };
    expect(said).toContain(`${Object.keys(resources).length} resources:`);
    for (const [name, { Type }] of Object.entries(resources)) {
      expect(said).toMatch(new RegExp(`${Type} +${name}\\b`));
    }
    expect(said).toContain('(shop-FailedJobs)');
  });

  it('has a table of costs at a named load, with a source for each price and a warning', () => {
    expect(said).toContain('at the load "small": 10 predictions a second day and night');
    expect(said).toContain('https://fortem.dev/fargate-spot/ (June 2026)');
    expect(said).toContain('NOT VERIFIED: from memory');
    expect(said).toMatch(/WARNING: prices of us-east-1 as of \d{4}-\d\d-\d\d/);
    expect(said).toContain('Check them before you rely on them');
  });

  it('says what synthesis warns of, and what deploying needs', () => {
    expect(said).toContain('WARNING: loadBalancer.certificateArn is not set');
    for (const line of needs(readSettings({ name: 'shop' }))) expect(said).toContain(line);
    expect(said).toContain('the secret glimpse/admin-key');
  });

  it('refuses a load that has no name, and settings that cannot work', () => {
    expect(() => dryRun({}, 'huge')).toThrow('--load is one of idle, small, busy, not "huge".');
    expect(() => dryRun({ cpu: 1 }, 'small')).toThrow('cpu is one of 512');
  });
});
