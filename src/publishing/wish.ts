import { readFile } from 'node:fs/promises';
import type { Static } from 'typebox';
import { Check } from 'typebox/schema';
import { UsageError } from '../cli/command.ts';
import { levelsAsTheyAre } from '../preprocessing/input-values.ts';
import { sharedFields } from '../preprocessing/contract-one.ts';
import { channels } from '../preprocessing/contract-two.ts';
import { presetNames, type PresetName } from '../preprocessing/presets.ts';
import { RequestedPreprocessingSchema } from '../preprocessing/requested.ts';
import type { GraphPort } from '../runtime/inspect-onnx.ts';
import { Closed, problemOf } from '../schema.ts';
import { Type } from '../schema/builder.ts';

/** A JSON file says what a request of training may say, and the size of the input where the graph leaves it open. */
const WishSchema = Type.Object(
  {
    ...RequestedPreprocessingSchema.properties,
    width: Type.Optional(sharedFields.width),
    height: Type.Optional(sharedFields.height),
    channels: Type.Optional(channels),
  },
  Closed,
);
export type Wish = Static<typeof WishSchema>;

/** What was called so before there was a name for each way of preparing images for nets of ImageNet. */
const earlierNames: Readonly<Record<string, PresetName>> = { imagenet: 'imagenet-torchvision' };
export const acceptedPresets = [...presetNames, ...Object.keys(earlierNames)];

/** What is said of a contract by the name of a preset, by JSON, or by a JSON file. */
export async function readWish(source: string): Promise<Wish> {
  const name = presetNames.find((one) => one === (earlierNames[source] ?? source));
  return name === undefined ? await readContract(source) : { preset: name };
}

/** What a wish says beside the size of the input. */
export function askedOf({ width: _w, height: _h, channels: _c, ...asked }: Wish) {
  return asked;
}

/** A wish that says nothing of scaling, for an input that takes the levels of an image and nothing else. */
export function wishFor(input: GraphPort, wish: Wish, channels: number): Wish {
  const { preset, scale, mean, std } = wish;
  const isOpen = [preset, scale, mean, std].every((value) => value === undefined);
  return input.type === 'uint8' && isOpen ? { ...wish, ...levelsAsTheyAre(channels) } : wish;
}

async function readContract(source: string): Promise<Wish> {
  const isJson = source.trimStart().startsWith('{');
  const text = isJson
    ? source
    : await readFile(source, 'utf8').catch(() => {
        throw new UsageError(
          `--preprocessing is neither a file nor one of ${acceptedPresets.join(', ')}: ${source}`,
        );
      });
  const value = parseJson(text, isJson ? 'What --preprocessing says' : source);
  if (Check(WishSchema, value)) return value;
  throw new UsageError(
    `--preprocessing ${isJson ? '' : source}: ${problemOf(WishSchema, value).sentence}.`,
  );
}

/** The JSON of a file, or of what stands for one. */
export function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${file} is not JSON: ${error instanceof Error ? error.message : ''}`);
  }
}
