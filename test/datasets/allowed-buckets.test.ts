import { describe, expect, it } from 'vitest';
import { checkBucketUri } from '../../src/datasets/places/allowed-buckets.ts';

const allowed = ['s3://models/team-a', 's3://open', 's3://wide//'];

describe('a dataset in a bucket', () => {
  it.each([
    's3://models/team-a',
    's3://models/team-a/',
    's3://models/team-a/data/train.csv',
    's3://open',
    's3://open/anything/at/all.parquet',
    'S3://open/x',
    's3://wide/x',
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
    'xs3://open/x',
    's3://open/x\ny',
  ])('may be read from nowhere else: %j', (uri) => {
    expect(() => checkBucketUri(uri, allowed)).toThrow(
      expect.objectContaining({ code: 'GLIMPSE_DATASET_URI_FORBIDDEN' }),
    );
    expect(() => checkBucketUri(uri, [])).toThrow();
  });

  it('is shown with its beginning when it is refused', () => {
    const uri = `s3://secrets/${'k'.repeat(300)}`;
    expect(() => checkBucketUri(uri, allowed)).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/s3:\/\/secrets\/k{187}(?!k)/),
      }),
    );
  });

  it('may be read from anywhere by callers who use their own rights', () => {
    expect(() => checkBucketUri('s3://secrets/key.json', undefined)).not.toThrow();
  });
});
