/**
 * `npm run test:watching`: the alert rules and the dashboard that we give away. promtool checks and tries the rules; then a real
 * Prometheus scrapes a real server that is asked, refuses, trains and finds a damaged version: every expression of the dashboard and of the rules must be
 * answered by it, those of what has happened with figures, and the alert of the damaged version must fire. Grafana's own SDK reads the dashboard by its schema, where there is Go; Grafana itself
 * is in no registry that this can ask, so nobody looks at the dashboard here.
 */
import { spawn } from 'node:child_process';
import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { packageRoot } from '../src/package.ts';
import { createClient } from '../src/client/exported.ts';
import { freePort, withServer } from './foreign/server.ts';
import { MissingTool, run } from './foreign/run.ts';
import { dashboardSchema } from './foreign/tools.ts';
import { prometheus, promtool } from './foreign/prometheus-tools.ts';

const rules = join(packageRoot, 'deploy', 'prometheus');
/** What has no figures in a run that lasts a minute. */
const quiet =
  /drift_psi|live_accuracy|labelled_predictions|deaths_total|admission_refusals|rejects_total|training_(loss|accuracy)|"429"|"5\.\."|faults:ratio|warnings_total|reloads_total|repository_stale|ready == 0|up\{|outcome="failed"|queue_wait_seconds\) > 1|> 1$/;

console.log((await run(await promtool(), ['check', 'rules', 'alerts.yml'], { cwd: rules })).trim());
console.log(
  (await run(await promtool(), ['test', 'rules', 'alerts.test.yml'], { cwd: rules })).trim(),
);
await checkDashboard();

const folder = await mkdtemp(join(tmpdir(), 'glimpse-watching-'));
try {
  const repository = join(folder, 'models');
  await cp(join(packageRoot, 'models'), repository, { recursive: true });
  const settings = {
    GLIMPSE_REPOSITORY: repository,
    GLIMPSE_POLL_INTERVAL_MS: '500',
    GLIMPSE_RESCAN_INTERVAL_MS: '1000',
  };
  await withServer((url) => watch(url, repository), settings);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function checkDashboard(): Promise<void> {
  const dashboard = join(packageRoot, 'deploy', 'grafana', 'glimpse.json');
  try {
    await run(await dashboardSchema(), [dashboard]);
    console.log("glimpse.json: as Grafana's schema says");
  } catch (error) {
    if (!(error instanceof MissingTool)) throw error;
    console.log(`glimpse.json: its schema is NOT CHECKED, ${error.message}`);
  }
}

async function watch(url: string, repository: string): Promise<void> {
  const port = await freePort();
  const config = join(folder, 'prometheus.yml');
  const given = parse(await readFile(join(rules, 'prometheus.yml'), 'utf8'));
  const scrape = { job_name: 'glimpse', static_configs: [{ targets: [new URL(url).host] }] };
  const quick = { scrape_interval: '1s', evaluation_interval: '1s' };
  await cp(join(rules, 'alerts.yml'), join(folder, 'alerts.yml'));
  await writeFile(config, stringify({ ...given, global: quick, scrape_configs: [scrape] }));
  await run(await promtool(), ['check', 'config', config]);
  const args = [`--config.file=${config}`, `--storage.tsdb.path=${join(folder, 'data')}`];
  const program = spawn(await prometheus(), [...args, `--web.listen-address=127.0.0.1:${port}`], {
    stdio: 'ignore',
  });
  try {
    const api = `http://127.0.0.1:${port}/api/v1`;
    await keepAsking(url, 8);
    await damage(repository);
    await keepAsking(url, 15);
    await seeExpressions(api);
    await seeAlert(api, 'GlimpseVersionQuarantined');
  } finally {
    program.kill();
  }
}

/** Some of everything, for so many seconds. */
async function keepAsking(url: string, seconds: number): Promise<void> {
  const client = createClient({ url, retries: 0 });
  const image = await readFile(join(packageRoot, 'samples', 'golden', '7.png'));
  for (const end = Date.now() + seconds * 1_000; Date.now() < end;) {
    await client.predictAll([image, image]);
    await client.predict(new Uint8Array([1])).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A further version whose model is not what its manifest says. */
async function damage(repository: string): Promise<void> {
  const [from, to] = [join(repository, 'digits', '1'), join(repository, 'digits', '3')];
  await cp(from, to, { recursive: true });
  const manifest = join(to, 'manifest.json');
  const told = JSON.parse(await readFile(manifest, 'utf8'));
  await writeFile(manifest, JSON.stringify({ ...told, version: 3 }));
  await appendFile(join(to, 'model.onnx'), 'x');
  await writeFile(
    join(repository, 'digits', 'labels.json'),
    JSON.stringify({ latest: 3, production: 3 }),
  );
}

interface QueryAnswer {
  readonly status: string;
  readonly data: { readonly result: readonly unknown[] };
}

interface AlertsAnswer {
  readonly data: {
    readonly alerts: readonly {
      readonly labels: { readonly alertname: string };
      readonly annotations: { readonly summary: string };
      readonly state: string;
    }[];
  };
}

async function seeExpressions(api: string): Promise<void> {
  const board = JSON.parse(
    await readFile(join(packageRoot, 'deploy', 'grafana', 'glimpse.json'), 'utf8'),
  );
  const shown: string[] = board.panels.flatMap((panel: { targets?: { expr: string }[] }) =>
    (panel.targets ?? []).map(({ expr }) => expr),
  );
  const alerts = parse(await readFile(join(rules, 'alerts.yml'), 'utf8'));
  const watched: string[] = alerts.groups.flatMap((group: { rules: { expr: string }[] }) =>
    group.rules.map(({ expr }) => expr),
  );
  let answered = 0;
  for (const expression of [...shown, ...watched]) {
    const query = expression
      .trim()
      .replaceAll('$__rate_interval', '10s')
      .replaceAll('$job', '.*')
      .replaceAll('$model', '.*')
      .replaceAll(/\[(?:5m|10m|15m|30m|1h|6h)\]/g, '[20s]');
    const answer: QueryAnswer = JSON.parse(
      await (await fetch(`${api}/query?${new URLSearchParams({ query }).toString()}`)).text(),
    );
    if (answer.status !== 'success') throw new Error(`${expression}: ${JSON.stringify(answer)}`);
    if (answer.data.result.length > 0) answered += 1;
    else if (!quiet.test(query)) throw new Error(`${expression} finds nothing`);
  }
  console.log(
    `${shown.length} expressions of the dashboard and ${watched.length} of the rules are answered, ${answered} with figures`,
  );
}

async function seeAlert(api: string, name: string): Promise<void> {
  for (const end = Date.now() + 30_000; Date.now() < end;) {
    const { data }: AlertsAnswer = JSON.parse(await (await fetch(`${api}/alerts`)).text());
    const found = data.alerts.find(
      (alert: { labels: { alertname: string }; state: string }) => alert.labels.alertname === name,
    );
    if (found?.state === 'firing') {
      console.log(`fires: ${found.annotations.summary}`);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`${name} did not fire`);
}
