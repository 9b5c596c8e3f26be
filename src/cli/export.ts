import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openRepository } from '../compose/open.ts';
import { readConfig } from '../config.ts';
import { exportFormats } from '../exporting/exported-version.ts';
import { createExporter } from '../exporting/exporter.ts';
import { packageVersion } from '../package.ts';
import { answeringVersion } from '../repository/answering-version.ts';
import { defineCommand, print, UsageError } from './command.ts';
import { choice, count, required, text } from './options.ts';

export const command = defineCommand({
  name: 'export',
  description:
    'Writes a version of the repository (GLIMPSE_REPOSITORY) as one file for another program. onnx: the graph with what a server does around it, uint8 pixels [N, height, width, channels] in, probabilities out. tfjs (a zip) and keras: the same as a layers model, of what was trained here. zip: every file of the version.',
  arguments: { model: required('the model') },
  options: {
    format: choice(exportFormats, 'the form (default: onnx)'),
    version: count('number', 'this version; unless given, the label production, else the newest'),
    label: text('name', 'the version this label points at'),
    out: text('file', 'where to; unless given, model-version with the ending of the form, here'),
  },
  async run({ model, format = 'onnx', version: asked, label, out }) {
    if (asked !== undefined && label !== undefined) {
      throw new UsageError('Name a version or a label, not both.');
    }
    const repository = openRepository(readConfig());
    try {
      const version = asked ?? (await answeringVersion(repository, model, { label }));
      const exporter = createExporter(repository, packageVersion);
      const { fileName } = await exporter.describe(model, version, format);
      const exported = await exporter.export(model, version, format);
      const file = resolve(out ?? fileName);
      await writeWhole(file, exported.write());
      print(`Wrote ${model} version ${version} as ${format} to ${file} (${exported.size} bytes)`);
    } finally {
      await repository.close();
    }
    return 0;
  },
});

/** The file is there when it is whole. */
async function writeWhole(file: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const beginning = `${file}.${process.pid}.part`;
  try {
    await pipeline(bytes, createWriteStream(beginning));
    await rename(beginning, file);
  } finally {
    await rm(beginning, { force: true });
  }
}
