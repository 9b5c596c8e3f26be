import { describe, expect, it } from 'vitest';
import { checkBucketUri } from '../../src/datasets/places/allowed-buckets.ts';

const allowed = ['s3://models/team-a', 's3://open'];

describe('a dataset in a bucket', () => {
  it.each([
    's3://models/team-a',
    's3://models/team-a/',
    's3://models/team-a/data/train.csv',
    's3://open',
    's3://open/anything/at/all.parquet',
    'S3://open/x',
  ])('may be read from an allowed prefix: %s', (uri) => {
    expect(() => checkBucketUri(uri, allowed)).not.toThrow();
  });

  it.each([
    's3://models',
    's3://models/team-ab/data.csv',
    's3://models/team-b/data.csv',
    's3://models//team-a/data.csv',
    's3://openly/x',
    's3://secrets/key.json',
    's3://',
  ])('may be read from nowhere else: %s', (uri) => {
    expect(() => checkBucketUri(uri, allowed)).toThrow(
      expect.objectContaining({ code: 'GLIMPSE_DATASET_URI_FORBIDDEN' }),
    );
    expect(() => checkBucketUri(uri, [])).toThrow();
  });

  it('may be read from anywhere by callers who use their own rights', () => {
    expect(() => checkBucketUri('s3://secrets/key.json', undefined)).not.toThrow();
  });
});
