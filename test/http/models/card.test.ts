import { createHash } from 'node:crypto';
import request from 'supertest';
import { Check } from 'typebox/schema';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cardAsHtml, cardAsMarkdown } from '../../../src/http/models/card/render-card.ts';
import { TrainRequestSchema } from '../../../src/training/request.ts';
import { closeServers, openServer } from '../../support/server.ts';
import { tinyDraft } from '../../support/tiny-version.ts';

const lineage = {
  codeVersion: '0.1.0',
  job: 'abc',
  seed: 7,
  dataset: {
    uri: 'dataset:small',
    limit: 20,
    digest: 'd1',
    examples: 20,
    parts: { training: 16 },
    badRows: 1,
  },
  architecture: 'dense',
  hyperparameters: { epochs: 3, batchSize: 8, parameters: 99, epochsTrained: 3 },
};
const metrics = {
  accuracy: 0.9,
  examples: 100,
  measuredOn: 'a part set aside.',
  perClass: [{ class: '<b>|', examples: 100, precision: 0.5, recall: null }],
};

let url = '';
beforeAll(async () => {
  const draft = await tinyDraft();
  ({ url } = await openServer({ versions: [draft, { ...draft, lineage, metrics }] }));
});
afterAll(closeServers);

describe('the card of a version', () => {
  it('tells data, figures, limits, preprocessing, lineage, and how to train it again', async () => {
    const { text, headers } = await request(url).get('/models/digits/versions/2/card').expect(200);
    expect(headers['content-type']).toBe('text/markdown; charset=utf-8');
    expect([...text.matchAll(/^## (.*)$/gm)].map(([, title]) => title)).toEqual([
      'What it is',
      'Figures',
      'Data',
      'Limits',
      'Preprocessing',
      'Lineage',
      'To train the same again',
    ]);
    expect(text).toContain('| Accuracy | 90.00 % |');
    expect(text).toContain('Learnt from: dataset:small');
    expect(text).toContain('82.56 % to 94.48 % (Wilson’s interval, 95 %), by 100 examples');
  });

  it('has a request that the server would take, without what only describes the run', async () => {
    const { text } = await request(url).get('/models/digits/versions/2/card').expect(200);
    const code = [...text.matchAll(/^ {4}(.*)$/gm)].map(([, line]) => line).join('\n');
    const body: unknown = JSON.parse(code);
    expect(Check(TrainRequestSchema, body)).toBe(true);
    expect(body).toEqual({
      model: 'digits',
      dataset: { uri: 'dataset:small', limit: 20 },
      architecture: 'dense',
      epochs: 3,
      batchSize: 8,
      seed: 7,
    });
  });

  it('says so where a version was trained elsewhere, and not measured', async () => {
    const { text } = await request(url).get('/models/digits/versions/1/card').expect(200);
    expect(text).toContain('Where it came from: tests');
    expect(text).toContain('It was not trained by Glimpse, or the manifest does not say how.');
  });

  it('is a page for browsers, in one style and with no script', async () => {
    const { text, headers } = await request(url)
      .get('/models/digits/versions/2/card')
      .set('accept', 'text/html')
      .expect(200);
    const style = /<style>([^]*)<\/style>/.exec(text)![1]!;
    const digest = createHash('sha256').update(style).digest('base64');
    expect(headers['content-security-policy']).toContain(`style-src 'sha256-${digest}'`);
    expect(text).toContain('&lt;b&gt;|');
    expect(text).not.toMatch(/<script|<b>/);
    const { headers: asked } = await request(url)
      .get('/models/digits/versions/2/card?format=markdown')
      .set('accept', 'text/html')
      .expect(200);
    expect(asked['content-type']).toContain('text/markdown');
  });

  it('is of a version that there is', async () => {
    await request(url).get('/models/digits/versions/9/card').expect(404);
    await request(url).get('/models/digits/versions/1/card?format=pdf').expect(400);
  });
});

describe('what authors have written', () => {
  const card = {
    title: 'a <script> *b*',
    sections: [
      { title: 'x', parts: [{ kind: 'table' as const, head: ['a|b'], rows: [['[c](d)\n# e']] }] },
    ],
  };

  it('never becomes markup of a page, nor of Markdown', () => {
    expect(cardAsHtml(card)).not.toContain('<script>');
    expect(cardAsMarkdown(card)).toBe(
      '# a \\<script\\> \\*b\\*\n\n## x\n\n| a\\|b |\n| --- |\n| \\[c\\](d) \\# e |\n',
    );
  });
});
