import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../src/package.ts';
import { MissingTool, run } from './foreign/run.ts';
import { goModule, helm, pythonPackages } from './foreign/tools.ts';

/**
 * `npm run test:kubernetes`: has Helm lint and render the chart with each of its value files, holds what comes out to the schemas of Kubernetes, and
 * to the definitions of the Prometheus Operator and of KServe, with unknown fields refused, and tries values that must be refused.
 */
const chart = join(packageRoot, 'deploy', 'helm', 'glimpse');
const kserve = join(packageRoot, 'deploy', 'kserve');
const kubernetes = '1.36';
/** A Helm that was built by itself takes every cluster for an old one. */
const cluster = ['--kube-version', `${kubernetes}.0`];
const operator = 'github.com/prometheus-operator/prometheus-operator@v0.85.0';
const kserveModule = 'github.com/kserve/kserve@v0.15.2';

/** Values that a chart must not be rendered with, and what it says. */
const refused: readonly (readonly [string, string, string])[] = [
  ['a tag that moves', 'image.tag=latest', 'tag'],
  ['a secret among the settings', 'config.GLIMPSE_ADMIN_KEY=x', 'GLIMPSE_ADMIN_KEY'],
  ['a slip of the pen', 'replica=3', 'replica'],
  ['a setting of nobody', 'config.GLIMSE_LOG_LEVEL=info', 'GLIMSE_LOG_LEVEL'],
  ['two servers on one folder', 'dataVolume.existingClaim=x', 'a data folder of its own'],
  ['an ingress of no host', 'ingress.enabled=true', 'an ingress needs ingress.host'],
  [
    'a grace too short to drain in',
    'terminationGracePeriodSeconds=5',
    'terminationGracePeriodSeconds',
  ],
];

/** Names that YAML takes for something else, unless they stand in quotes; and a number that must not become 5.36870912e+08. */
const texts = {
  secretNames: '["123"]',
  'serviceAccount.name': '"123"',
  modelsClaim: '"1e3"',
  ingress: '{"enabled": true, "className": "true", "host": "a.b", "tlsSecretName": "007"}',
  'config.GLIMPSE_TRAIN_BODY_LIMIT_BYTES': '536870912',
};

async function main(): Promise<void> {
  const program = await helm();
  const python = join(
    await pythonPackages('kubernetes-validate==1.37.0', 'jsonschema', 'pyyaml'),
    'bin',
    'python',
  );
  const crds = join(
    await goModule(operator),
    'example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml',
  );
  const runtimes = join(await goModule(kserveModule), 'config/crd/full');
  const check = async (manifests: string, ...definitions: string[]): Promise<string> =>
    run(python, [
      join(packageRoot, 'scripts/kubernetes/check_manifests.py'),
      kubernetes,
      manifests,
      ...definitions,
    ]);
  const folder = await mkdtemp(join(tmpdir(), 'glimpse-kubernetes-'));
  try {
    const files = (await readdir(join(chart, 'ci'))).toSorted();
    for (const file of [undefined, ...files]) {
      const values = file === undefined ? [] : ['--values', join(chart, 'ci', file)];
      await run(program, ['lint', '--strict', chart, ...cluster, ...values]);
      const rendered = join(folder, 'rendered.yaml');
      await writeFile(
        rendered,
        await run(program, ['template', 'shop', chart, ...cluster, ...values]),
      );
      const found = await check(rendered, crds);
      console.log(`ok    ${file ?? 'values.yaml'}: ${found.trim().split('\n').join(', ')}`);
    }
    const rendered = join(folder, 'texts.yaml');
    const asTexts = Object.entries(texts).flatMap(([name, json]) => [
      '--set-json',
      `${name}=${json}`,
    ]);
    await writeFile(
      rendered,
      await run(program, ['template', '123', chart, ...cluster, ...asTexts]),
    );
    await check(rendered, crds);
    if (!(await readFile(rendered, 'utf8')).includes('value: "536870912"'))
      throw new Error('a setting that is a number is not written in digits');
    console.log('ok    texts that look like numbers, and a number of nine digits');
    const definitions = [
      'serving.kserve.io_servingruntimes.yaml',
      'serving.kserve.io_inferenceservices.yaml',
    ];
    for (const file of ['serving-runtime.yaml', 'inference-service.yaml']) {
      const found = await check(
        join(kserve, file),
        ...definitions.map((name) => join(runtimes, name)),
      );
      console.log(`ok    ${file}: ${found.trim()}`);
    }
    for (const [what, setting, said] of refused) {
      const outcome = await run(program, [
        'template',
        'shop',
        chart,
        ...cluster,
        '--set',
        setting,
      ]).catch(String);
      if (!outcome.includes('Error') || !outcome.includes(said))
        throw new Error(`${what} (${setting}) is not refused: ${outcome.slice(-800)}`);
      console.log(`ok    refused: ${what}`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

try {
  await main();
  console.log('test:kubernetes: all is right');
} catch (error) {
  const isMissing = error instanceof MissingTool;
  console.log(
    `Helm and the schemas of Kubernetes: ${isMissing ? 'NOT RUN, ' : ''}${String(error)}`,
  );
  if (!isMissing) process.exitCode = 1;
}
