import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '../repository/manifest.ts';
import type { OpenedVersion } from '../repository/repository.ts';
import type { ExportedVersion, ExportFormat } from './exported-version.ts';
import { kerasFile } from './keras-file.ts';
import { kerasLayers } from './keras-layers.ts';
import { onnxModel } from './onnx-model.ts';
import { storedZip, type ZipMember } from './stored-zip.ts';
import { tfjsModel } from './tfjs-model.ts';
import { readTrainedNet } from './trained-net.ts';

/** The version in a form. GLIMPSE_EXPORT_UNSUPPORTED where it cannot be had in it. */
export async function exportVersion(
  opened: OpenedVersion,
  format: ExportFormat,
): Promise<ExportedVersion> {
  const { manifest, folder } = opened;
  if (format === 'zip') {
    const archive = archiveOf(versionMembers(manifest, folder));
    return { ...archive, write: () => confirmed(archive, opened) };
  }
  const bytes = await readFile(join(folder, manifest.entry));
  await opened.confirm();
  if (format === 'onnx') {
    const model = onnxModel(manifest, bytes);
    return {
      contentType: 'application/octet-stream',
      size: model.length,
      write: () => once(model),
    };
  }
  const net = readTrainedNet(manifest, bytes);
  const layers = kerasLayers(net, manifest.preprocessing);
  const { width, height, channels } = manifest.preprocessing;
  const inputShape = [height, width, channels];
  const { model: name, version, createdAt, signature } = manifest;
  return archiveOf(
    membersOf(
      format === 'keras'
        ? kerasFile(layers, inputShape, { name, createdAt })
        : tfjsModel(layers, inputShape, {
            name,
            metadata: { classes: signature.classes, glimpseModel: name, glimpseVersion: version },
          }),
    ),
  );
}

/** The folder of a version, as another repository would have it. */
function versionMembers(manifest: Manifest, folder: string): ZipMember[] {
  const json = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
  return [
    ...manifest.files.map(({ path, size }) => ({
      name: path,
      size,
      body: { file: join(folder, path) },
    })),
    { name: 'manifest.json', size: json.length, body: json },
  ];
}

function membersOf(files: object): ZipMember[] {
  return Object.entries(files).map(([name, body]: [string, Uint8Array]) => ({
    name,
    size: body.length,
    body,
  }));
}

function archiveOf(members: readonly ZipMember[]): ExportedVersion {
  return { contentType: 'application/zip', ...storedZip(members) };
}

/** An archive that breaks off before its end where files have changed since they were verified. */
async function* confirmed(
  archive: ExportedVersion,
  opened: OpenedVersion,
): AsyncGenerator<Uint8Array> {
  let last: Uint8Array | undefined;
  for await (const piece of archive.write()) {
    if (last) yield last;
    last = piece;
  }
  await opened.confirm();
  if (last) yield last;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
