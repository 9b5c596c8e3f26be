import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { packageRoot } from '../../../src/package.ts';
import { MissingTool } from '../run.ts';
import { awsJava } from './aws-java.ts';
import { awsSdk } from './aws-sdk.ts';
import { boto3 } from './boto3.ts';
import type { ForeignClient, Target } from './client.ts';
import { grpcGo } from './grpc-go.ts';
import { grpcurl } from './grpcurl.ts';
import { kserveGrpc, kserveRest } from './kserve.ts';
import { mlflow } from './mlflow.ts';
import { mlserver } from './mlserver.ts';
import { perfAnalyzerClient } from './perf-analyzer.ts';
import { tensorflowServing } from './tensorflow-serving.ts';
import { torchserve } from './torchserve.ts';
import { tritonGrpc, tritonHttp } from './triton.ts';

/** The clients of other model servers that are tried. */
export const foreignClients: readonly ForeignClient[] = [
  tensorflowServing,
  boto3,
  awsSdk,
  awsJava,
  mlflow,
  torchserve,
  tritonHttp,
  tritonGrpc,
  perfAnalyzerClient,
  kserveRest,
  kserveGrpc,
  mlserver,
  grpcurl,
  grpcGo,
];

/** Puts the samples that they ask about into a folder. */
export async function writeSamples(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const digit of ['7', '4']) {
    const file = join(packageRoot, 'samples', 'golden', `${digit}.png`);
    await copyFile(file, join(folder, `${digit}.png`));
    const pixels = await sharp(file).extractChannel(0).raw().toBuffer();
    const tensor = [...pixels].map((pixel) => pixel / 255);
    await writeFile(join(folder, `${digit}.json`), JSON.stringify(tensor));
  }
  return folder;
}

/** A row for a table, with how many of its calls were answered as they should be, and sentences about the others. */
export async function tryForeignClient(
  client: ForeignClient,
  folder: string,
  target: Target,
): Promise<{ readonly row: string[]; readonly said: string[] }> {
  try {
    await mkdir(folder, { recursive: true });
    const { version, ask } = await client.build(folder);
    const calls = await ask(target);
    const wrong = calls.filter(({ expected, answered }) => expected !== answered);
    const said = wrong.map(
      ({ call, expected, answered }) =>
        `${client.name}, ${call}: answered ${answered}, not ${expected}`,
    );
    const outcome = wrong.length === 0 ? 'ok' : 'failed';
    return {
      row: [client.name, version, `${calls.length - wrong.length} of ${calls.length}`, outcome],
      said,
    };
  } catch (error) {
    const outcome = error instanceof MissingTool ? 'MISSING' : 'failed';
    return {
      row: [client.name, '', '', outcome],
      said: [`${client.name}: ${outcome}: ${String(error)}`],
    };
  }
}
