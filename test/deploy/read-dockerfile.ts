/** One instruction of a Dockerfile: its word, its flags (`--from=build`) and what follows them. */
export interface Instruction {
  readonly word: string;
  readonly flags: Record<string, string>;
  readonly rest: string;
}

/** One stage, from its FROM to the next. */
export interface Stage {
  readonly base: string;
  readonly name: string | undefined;
  readonly instructions: Instruction[];
}

export interface Dockerfile {
  /** What stands before the first FROM: the arguments a base image may be chosen by. */
  readonly head: Instruction[];
  readonly stages: Stage[];
}

/** Every instruction Docker knows; another word is a slip of the pen. */
const words = new Set(
  'ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR'.split(
    ' ',
  ),
);

function readInstruction(line: string): Instruction {
  const [, word = '', tail = ''] = /^([A-Za-z]+)\s+(.*)$/s.exec(line) ?? [];
  if (!words.has(word)) throw new Error(`not an instruction: ${line}`);
  const flags: Record<string, string> = {};
  const rest = tail.replace(/^(?:--[a-z-]+=\S+\s+)*/, (all) => {
    for (const [, name, value] of all.matchAll(/--([a-z-]+)=(\S+)/g)) flags[name!] = value!;
    return '';
  });
  return { word, flags, rest };
}

/** Joins continued lines, drops comments, and deals the instructions out to their stages. */
export function readDockerfile(text: string): Dockerfile {
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const dockerfile: Dockerfile = { head: [], stages: [] };
  for (const instruction of lines.map(readInstruction)) {
    if (instruction.word === 'FROM') {
      const [base = '', , name] = instruction.rest.split(/\s+/);
      dockerfile.stages.push({ base, name, instructions: [] });
    } else {
      (dockerfile.stages.at(-1)?.instructions ?? dockerfile.head).push(instruction);
    }
  }
  return dockerfile;
}

/** The last instruction of that word: the one that counts, for CMD, USER, HEALTHCHECK and their like. */
export const last = (stage: Stage, word: string): Instruction | undefined =>
  stage.instructions.findLast((instruction) => instruction.word === word);

/** The words of an exec-form instruction (`["node", "x.js"]`), or undefined for the shell form. */
export function execForm(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  const parsed: unknown = JSON.parse(text);
  return Array.isArray(parsed) && parsed.every((part) => typeof part === 'string')
    ? parsed
    : undefined;
}

/** `A=1 B="two words"` as an object. */
export function assignments(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/([\w.]+)=("[^"]*"|\S+)/g)].map(([, key, value]) => [
      key!,
      value!.replace(/^"|"$/g, ''),
    ]),
  );
}
