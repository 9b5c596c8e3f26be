import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../src/package.ts';
import { MissingTool } from './foreign/run.ts';
import { withServer } from './foreign/server.ts';
import { otelCollector } from './foreign/tools.ts';

/**
 * `npm run test:traces`: has a server send its traces to the collector of OpenTelemetry itself, built from the Go proxy, and
 * looks at what that writes about them.
 */
const port = 14_318;
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';

async function main(): Promise<void> {
  const program = await otelCollector();
  const folder = await mkdtemp(join(tmpdir(), 'glimpse-traces-'));
  const settings = join(folder, 'collector.yaml');
  await writeFile(
    settings,
    `receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:${port}"}}}}
exporters: {debug: {verbosity: detailed}}
service: {telemetry: {metrics: {level: none}}, pipelines: {traces: {receivers: [otlp], exporters: [debug]}}}
`,
  );
  const collector = spawn(program, ['--config', settings]);
  let said = '';
  for (const stream of [collector.stdout, collector.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  try {
    await untilListening();
    process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = `http://127.0.0.1:${port}`;
    const image = await readFile(join(packageRoot, 'samples', 'golden', '7.png'));
    await withServer(async (url) => {
      const headers = {
        'content-type': 'image/png',
        traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
      };
      const body = new Uint8Array(image);
      const response = await fetch(`${url}/predict`, { method: 'POST', body, headers });
      if (response.status !== 200) throw new Error(await response.text());
    });
    await sleep(500);
    check(said);
  } finally {
    collector.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The names of the spans that the collector has written, with those of the trace of the caller. */
function check(said: string): void {
  const spans = said.split(/^Span #\d+$/m).slice(1);
  const inTrace = spans.filter((span) => span.includes(traceId));
  const names = inTrace.map((span) => /Name\s*: (.*)/.exec(span)?.[1]?.trim() ?? '');
  const expected = ['POST', 'receive', 'decode', 'queue', 'infer', 'encode', 'batch digits'];
  const missing = expected.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw new Error(`the collector has not seen ${missing.join(', ')}:\n${said.slice(-4000)}`);
  }
  console.log(
    `OpenTelemetry Collector: ${spans.length} spans, of one request ${names.join(', ')}.`,
  );
}

async function untilListening(): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const isThere = await new Promise<boolean>((resolve) => {
      const socket = connect({ host: '127.0.0.1', port });
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (isThere) return;
    await sleep(50);
  }
  throw new Error('the collector does not listen');
}

try {
  await main();
} catch (error) {
  const isMissing = error instanceof MissingTool;
  console.log(`OpenTelemetry Collector: ${isMissing ? 'NOT RUN, ' : ''}${String(error)}`);
  if (!isMissing) process.exitCode = 1;
}
