import { posix } from 'node:path';
import { parseObject } from '../bytes/json-object.ts';
import { isImageName, printable } from '../file-names.ts';
import { findImageColumn, type ImageColumn } from '../image-column.ts';
import { findLabelColumn, type LabelColumn, type OnLabel } from '../label-column.ts';
import { undecided } from '../refusal.ts';
import type { DatasetFile, DatasetSource } from '../source.ts';
import type { ImageReference } from './image-reference.ts';

/** Samples as the library webdataset lays them out: files that share a name up to its first dot. */
export interface WebDataset {
  readonly references: AsyncIterable<ImageReference>;
  /** Whether it reads a file of this name. */
  reads(name: string): boolean;
}

export interface WebDatasetOptions {
  /** The member that holds the label ("cls"), or the field of its JSON. */
  readonly labelColumn: LabelColumn;
  /** The member that is the image, where there are several. */
  readonly imageColumn?: ImageColumn;
  /** Only samples that could be nothing else, by a member called "cls". */
  readonly isMarked?: boolean;
  readonly onLabel?: OnLabel | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Sample {
  images: DatasetFile[];
  labels: DatasetFile[];
}

/** What members that hold labels are called; a class is never anything else than one. */
const LABEL_MEMBERS = ['cls', 'cls.txt', 'class', 'label', 'label.txt', 'txt', 'json'];
const LABEL_NAME = /\.(cls|class|label|txt|json)$/i;
const CERTAIN_MEMBER = /^(cls|cls\.txt|class)$/;

/** A label is a word or a number; of JSON the object around it. */
const MAX_LABEL_BYTES = 64 * 1024;

/** Whether images have members beside them that could hold their labels. */
export function hasSamples(files: readonly DatasetFile[]): boolean {
  return files.length > 1 && membersOf(groupSamples(files)).length > 0;
}

/**
 * The images of samples with their labels. Undefined where images have no such members, or where those could
 * be anything: a text beside each image in folders of classes.
 */
export function webDatasetImages(
  { files, shards }: Pick<DatasetSource, 'files' | 'shards'>,
  options: WebDatasetOptions,
): WebDataset | undefined {
  const samples = groupSamples(files);
  const members = membersOf(samples);
  const isCertain = members.some((member) => CERTAIN_MEMBER.test(member));
  const folders = new Set<string>();
  for (const { images } of samples.values())
    for (const { name } of images) folders.add(posix.dirname(name));
  if (members.length === 0) return undefined;
  if (!isCertain && (options.isMarked || (shards === undefined && folders.size > 1))) {
    return undefined;
  }
  const choice = chooseMember(members, options.labelColumn);
  const image = chooseImage(samples, options.imageColumn);
  const read = new Set<string>();
  for (const sample of samples.values()) {
    for (const file of [imageIn(sample, image), memberOf(sample.labels, choice.member)])
      if (file) read.add(file.name);
  }
  return {
    references: referencesOf(samples, image, choice, options),
    reads: (name) => read.has(name),
  };
}

/** Files by the name they share; what has neither an image nor a label is no sample. */
function groupSamples(files: readonly DatasetFile[]): Map<string, Sample> {
  const samples = new Map<string, Sample>();
  // Sixty thousand images without labels beside them need no map each.
  if (!files.some(({ name }) => LABEL_NAME.test(name))) return samples;
  for (const file of files) {
    const dot = firstDotIn(file.name);
    if (dot === undefined) continue;
    const member = memberNamed(file.name);
    const isImage = isImageName(file.name);
    if (!isImage && !LABEL_MEMBERS.includes(member)) continue;
    const key = file.name.slice(0, dot);
    const sample: Sample = samples.get(key) ?? { images: [], labels: [] };
    samples.set(key, sample);
    const list = isImage ? sample.images : sample.labels;
    // An empty list that grows makes room for sixteen more.
    if (list.length > 0) list.push(file);
    else sample[isImage ? 'images' : 'labels'] = [file];
  }
  return samples;
}

/** Where the part of a name begins that tells the members of a sample apart; undefined where there is none. */
function firstDotIn(name: string): number | undefined {
  const start = name.lastIndexOf('/') + 1;
  const dot = name.indexOf('.', start);
  return dot > start ? dot : undefined;
}

const memberNamed = (name: string): string => name.slice(firstDotIn(name)! + 1).toLowerCase();

function memberOf(files: readonly DatasetFile[], member: string): DatasetFile | undefined {
  return files.find(({ name }) => memberNamed(name) === member);
}

/** The members beside images that could hold labels, in the order of how sure that is. */
function membersOf(samples: ReadonlyMap<string, Sample>): string[] {
  const met = new Set<string>();
  for (const { images, labels } of samples.values()) {
    if (images.length > 0) for (const { name } of labels) met.add(memberNamed(name));
  }
  return LABEL_MEMBERS.filter((member) => met.has(member));
}

/** The member that holds the labels, and of JSON the field, where it is asked for. */
interface MemberChoice {
  readonly member: string;
  readonly field?: string;
}

function chooseMember(members: readonly string[], wanted: LabelColumn): MemberChoice {
  if (wanted !== undefined) {
    const asked = String(wanted);
    if (members.includes(asked.toLowerCase())) return { member: asked.toLowerCase() };
    if (members.includes('json')) return { member: 'json', field: asked };
    throw undecided(
      'labelColumn',
      `its samples have no member "${printable(asked)}"; beside the image they have ${members.join(', ')}; choose one by labelColumn (--label-column)`,
      { values: members },
    );
  }
  const certain = members.find((member) => CERTAIN_MEMBER.test(member));
  const member = certain ?? members[0]!;
  if (certain !== undefined || members.length === 1) return { member };
  throw undecided(
    'labelColumn',
    `several members of its samples could hold the label (${members.join(', ')}); choose one by labelColumn (--label-column), or a field of the JSON by its name`,
    { values: members },
  );
}

function chooseImage(samples: ReadonlyMap<string, Sample>, wanted: ImageColumn): string {
  const members = new Set<string>();
  let isSeveral = false;
  for (const { images } of samples.values()) {
    isSeveral ||= images.length > 1;
    for (const { name } of images) members.add(memberNamed(name));
  }
  // Images of several kinds, one in each sample, are all meant.
  if (!isSeveral && wanted === undefined) return ANY_IMAGE;
  const names = [...members].sort();
  return names[findImageColumn(names, wanted, () => true)!]!;
}

const ANY_IMAGE = '*';

function imageIn({ images }: Sample, image: string): DatasetFile | undefined {
  return image === ANY_IMAGE ? images[0] : memberOf(images, image);
}

async function* referencesOf(
  samples: ReadonlyMap<string, Sample>,
  image: string,
  choice: MemberChoice,
  { onLabel, signal }: WebDatasetOptions,
): AsyncGenerator<ImageReference> {
  const labelIn = createLabelReader(choice, onLabel, signal);
  let line = 0;
  for (const [key, sample] of samples) {
    line += 1;
    const file = imageIn(sample, image);
    const member = memberOf(sample.labels, choice.member);
    if (!file) yield { line, name: key, problem: 'its sample has no image' };
    else if (!member) {
      yield { line, name: file.name, problem: `its sample has no ".${choice.member}"` };
    } else {
      const found = await labelIn(member);
      yield 'problem' in found
        ? { line, name: member.name, problem: found.problem }
        : { line, name: file.name, label: found.label, find: async () => file };
    }
  }
}

type FoundLabel = { readonly label: unknown } | { readonly problem: string };

/** Reads labels; the first JSON object that has any field decides which of them is the label. */
function createLabelReader(
  { member, field: asked }: MemberChoice,
  onLabel: OnLabel | undefined,
  signal: AbortSignal | undefined,
) {
  let field = asked;
  if (member !== 'json') onLabel?.({ column: member, by: 'name' });
  return async (file: DatasetFile): Promise<FoundLabel> => {
    if (file.size > MAX_LABEL_BYTES) {
      return { problem: `it has ${file.size} bytes; a label has at most ${MAX_LABEL_BYTES}` };
    }
    const text = Buffer.from(await file.read(MAX_LABEL_BYTES, signal)).toString('utf8');
    if (member !== 'json') return { label: text.replace(/^\uFEFF/, '').trim() };
    const value = parseObject(text);
    if (typeof value === 'string') return { problem: value };
    if (field === undefined) {
      const names = Object.keys(value);
      field = names[findLabelColumn(names, undefined)]!;
      onLabel?.({ column: field, by: 'name' });
    }
    return { label: value[field] };
  };
}
