import { createHash } from 'node:crypto';
import { createLimiter } from '../concurrency.ts';
import { canonicalJson } from '../json.ts';
import type { Manifest } from '../repository/manifest.ts';
import type { Repository } from '../repository/repository.ts';
import type { ExportedVersion, ExportFormat } from './exported-version.ts';

/** What is known of an export before it is made. */
export interface ExportDescription {
  readonly fileName: string;
  /** Tells one export from every other: of the version, the form, and the release of Glimpse that writes it. */
  readonly digest: string;
}

export interface Exporter {
  /** GLIMPSE_VERSION_NOT_FOUND. */
  describe(model: string, version: number, format: ExportFormat): Promise<ExportDescription>;
  /** GLIMPSE_EXPORT_UNSUPPORTED where the version cannot be had in that form. */
  export(model: string, version: number, format: ExportFormat): Promise<ExportedVersion>;
}

const endings: Readonly<Record<ExportFormat, string>> = {
  onnx: '.onnx',
  tfjs: '.tfjs.zip',
  keras: '.keras',
  zip: '.zip',
};

/** Exports versions of a repository, one at a time: a graph is held in memory while it is written in another form. */
export function createExporter(
  repository: Pick<Repository, 'manifest' | 'open'>,
  release: string,
): Exporter {
  const limiter = createLimiter({ concurrency: 1 });
  return {
    async describe(model, version, format) {
      const manifest = await repository.manifest(model, version);
      const fileName = `${model}-${version}${endings[format]}`;
      return { fileName, digest: digestOf(manifest, format, release) };
    },
    export: (model, version, format) =>
      limiter.run(async () => {
        const opened = await repository.open(model, version);
        // Loaded here only: a server that exports nothing has no use for what writes graphs.
        const { exportVersion } = await import('./export-version.ts');
        return await exportVersion(opened, format);
      }),
  };
}

function digestOf(manifest: Manifest, format: ExportFormat, release: string): string {
  return createHash('sha256').update(canonicalJson({ manifest, format, release })).digest('hex');
}
