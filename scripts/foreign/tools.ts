import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { packageRoot } from '../../src/package.ts';
import { MissingTool, run } from './run.ts';

/**
 * The tools of others that try our contract, in versions that do not move. They are heavy and need more than Node, so
 * they are no dependencies: each is fetched once, by its own package manager, into .glimpse/tools.
 */
const home = join(packageRoot, '.glimpse', 'tools');

/** A folder of npm packages; their programs are in node_modules/.bin. */
export function npmPackages(...packages: readonly string[]): Promise<string> {
  return fetchOnce(packages.join(' '), (folder) =>
    run(
      'npm',
      [
        'install',
        '--prefix',
        folder,
        '--no-save',
        '--ignore-scripts',
        '--no-audit',
        '--no-fund',
        ...packages,
      ],
      { cwd: folder },
    ),
  );
}

/** A virtual environment with packages of PyPI; its programs are in bin. */
export async function pythonPackages(...packages: readonly string[]): Promise<string> {
  return fetchOnce(packages.join(' '), async (folder) => {
    await run('python3', ['-m', 'venv', folder]);
    const pip = join(folder, 'bin', 'pip');
    await run(pip, ['install', '--quiet', '--disable-pip-version-check', ...packages]);
  });
}

export interface PythonEnvironment {
  /** What its folder is called; a digest of what is in it follows. */
  readonly name: string;
  /** A file in the form of `pip freeze`. */
  readonly requirements: string;
  /** The Python that it is made of; unless given, the first one on the path. */
  readonly python?: string;
  /** Whether it sees what that Python has installed. */
  readonly seesSystem?: boolean;
  /** A module without which it is of no use, and where that comes from. */
  readonly needs?: { readonly module: string; readonly from: string };
}

/** A virtual environment with everything that a file of requirements names; its programs are in bin. */
export async function pythonEnvironment(wanted: PythonEnvironment): Promise<string> {
  const { name, requirements, python = 'python3', seesSystem = false, needs } = wanted;
  const digest = createHash('sha256').update(await readFile(requirements));
  const short = digest.update(`${python} ${seesSystem}`).digest('hex').slice(0, 12);
  return fetchOnce(`${name}-${short}`, async (folder) => {
    await run(python, ['-m', 'venv', ...(seesSystem ? ['--system-site-packages'] : []), folder]);
    const pip = join(folder, 'bin', 'pip');
    await run(pip, ['install', '--quiet', '--disable-pip-version-check', '-r', requirements]);
    if (needs === undefined) return;
    await run(join(folder, 'bin', 'python'), ['-c', `import ${needs.module}`]).catch(() => {
      throw new Error(`there is no ${needs.module}: ${needs.from}`);
    });
  });
}

/** The jar of openapi-generator, which its package on PyPI carries, and the Java to run it with. */
export async function openApiGenerator(): Promise<string> {
  await run('java', ['-version']);
  const folder = await pythonPackages('openapi-generator-cli==7.26.0');
  const [python = ''] = await readdir(join(folder, 'lib'));
  const packages = join(folder, 'lib', python, 'site-packages');
  return join(packages, 'openapi_generator_cli', 'openapi-generator.jar');
}

/** A program of a Go module, built once. */
export async function goProgram(source: string, version: string): Promise<string> {
  const name = basename(source);
  const folder = await fetchOnce(`${name}@${version}`, (folder) =>
    run('go', ['install', `${source}@${version}`], { env: { GOBIN: folder } }),
  );
  return join(folder, name);
}

/** A folder with the jars of an artifact of Maven Central (group:artifact:version) and of all it needs. */
export async function mavenJars(artifact: string): Promise<string> {
  await run('mvn', ['--version']);
  const [group, name, version] = artifact.split(':');
  return fetchOnce(artifact, async (folder) => {
    const dependency = `<groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version>`;
    await writeFile(
      join(folder, 'pom.xml'),
      `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>example.test</groupId><artifactId>jars</artifactId><version>1</version>
<dependencies><dependency>${dependency}</dependency></dependencies></project>`,
    );
    const copied = ['dependency:copy-dependencies', `-DoutputDirectory=${folder}`];
    await run('mvn', ['--batch-mode', '--quiet', ...copied], { cwd: folder });
  });
}

/**
 * Triton's perf_analyzer, as NVIDIA gives it out on PyPI. It needs a C library as new as that of Debian 13; where this machine
 * has an older one, its libraries come out of Debian's packages, and `before` are the words that have them used.
 */
export async function perfAnalyzer(): Promise<{
  readonly program: string;
  readonly before: readonly string[];
  readonly version: string;
}> {
  const version = '2.60.0';
  const wheel = ['--platform', 'manylinux_2_38_x86_64', '--only-binary', ':all:', '--no-deps'];
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...wheel];
  const folder = await fetchOnce(`perf-analyzer==${version}`, (folder) =>
    run('python3', [...install, '--target', folder, `perf-analyzer==${version}`]),
  );
  const program = join(folder, 'perf_analyzer', 'bin', 'perf_analyzer');
  const isAble = await run(program, ['--version']).then(
    () => true,
    () => false,
  );
  if (isAble) return { program, before: [], version };
  const libraries = join(await newerLibraries(), 'usr', 'lib', 'x86_64-linux-gnu');
  return {
    program: join(libraries, 'ld-linux-x86-64.so.2'),
    before: ['--library-path', libraries, program],
    version,
  };
}

/** What programs in C++ need, of Debian 13, beside what is installed. */
function newerLibraries(): Promise<string> {
  return fetchOnce('debian-13-libraries', async (folder) => {
    const state = join(folder, 'apt');
    await mkdir(join(state, 'lists', 'partial'), { recursive: true });
    const keys = '/usr/share/keyrings/debian-archive-keyring.gpg';
    const source = `deb [signed-by=${keys}] http://deb.debian.org/debian trixie main\n`;
    await writeFile(join(state, 'sources.list'), source);
    const options = [
      `Dir::Etc::sourcelist=${join(state, 'sources.list')}`,
      'Dir::Etc::sourceparts=/dev/null',
      `Dir::State::lists=${join(state, 'lists')}`,
      `Dir::Cache=${state}`,
    ].flatMap((option) => ['-o', option]);
    await run('apt-get', [...options, '--quiet', 'update']);
    const packages = ['libc6', 'libstdc++6', 'libgcc-s1', 'libssl3t64', 'zlib1g', 'libzstd1'];
    await run('apt-get', [...options, 'download', ...packages], { cwd: folder });
    await rm(state, { recursive: true, force: true });
    for (const archive of await readdir(folder)) {
      if (!archive.endsWith('.deb')) continue;
      await run('dpkg-deb', ['--extract', archive, '.'], { cwd: folder });
    }
  });
}

const collectorVersion = '0.165.0';

/** The collector of OpenTelemetry with what takes traces and what shows them, built by its own builder from the Go proxy. */
export async function otelCollector(): Promise<string> {
  const folder = await fetchOnce(`otelcol@${collectorVersion}`, async (folder) => {
    const parts = join(folder, 'builder.yaml');
    const home = 'go.opentelemetry.io/collector';
    await writeFile(
      parts,
      `dist: {name: collector, output_path: ${join(folder, 'made')}}
receivers: [{gomod: ${home}/receiver/otlpreceiver v${collectorVersion}}]
exporters: [{gomod: ${home}/exporter/debugexporter v${collectorVersion}}]
providers:
  - {gomod: ${home}/confmap/provider/envprovider v1.71.0}
  - {gomod: ${home}/confmap/provider/fileprovider v1.71.0}
`,
    );
    const builder = `${home}/cmd/builder@v${collectorVersion}`;
    await run('go', ['run', builder, '--config', parts], { cwd: folder, timeoutMs: 30 * 60_000 });
  });
  return join(folder, 'made', 'collector');
}

/** Lambda's own Runtime Interface Emulator. */
export function lambdaEmulator(): Promise<string> {
  const source = 'github.com/aws/aws-lambda-runtime-interface-emulator/cmd/aws-lambda-rie';
  return goProgram(source, 'v0.0.0-20261030222936-bef5c4ba774d');
}

/** Helm as it is here, else built from the Go proxy. */
export async function helm(): Promise<string> {
  try {
    await run('helm', ['version']);
    return 'helm';
  } catch (error) {
    if (!(error instanceof MissingTool)) throw error;
  }
  return goProgram('helm.sh/helm/v3/cmd/helm', 'v3.19.0');
}

/** The folder of a module of Go, whose files are read and not built. */
export async function goModule(module: string): Promise<string> {
  const told = await run('go', ['mod', 'download', '-json', module], { cwd: tmpdir() }).catch(
    (error: unknown) => {
      throw error instanceof MissingTool ? error : new MissingTool(`${module}: ${String(error)}`);
    },
  );
  return (JSON.parse(told) as { Dir: string }).Dir;
}

/** The folder of a tool that is whole when its mark is there. */
export async function fetchOnce(
  name: string,
  fetch: (folder: string) => Promise<unknown>,
): Promise<string> {
  const folder = join(home, name.replaceAll(/[^\w.@=-]+/g, '-'));
  const mark = join(folder, '.whole');
  if (existsSync(mark)) return folder;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  try {
    await fetch(folder);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw error instanceof MissingTool
      ? error
      : new MissingTool(`${name} cannot be fetched: ${reason}`);
  }
  await writeFile(mark, '');
  return folder;
}

/** What holds a dashboard to Grafana's schema: a program of a few lines around Grafana's own SDK. */
export async function dashboardSchema(): Promise<string> {
  const source = join(import.meta.dirname, 'dashboard');
  const folder = await fetchOnce('dashboard-schema@0.0.22', (folder) =>
    run('go', ['build', '-o', join(folder, 'dashboard-schema'), '.'], { cwd: source }),
  );
  return join(folder, 'dashboard-schema');
}
