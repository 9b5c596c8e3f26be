import { shown, unreadable, unsupported } from '../refusals.ts';
import { outputRef, type GraphNode, type OutputRef } from './graph-node.ts';

/** A graph as far as it matters for what goes in and what comes out. */
export interface PortsSource {
  readonly nodes: ReadonlyMap<string, GraphNode>;
  readonly inputs: readonly OutputRef[] | undefined;
  readonly outputs: readonly OutputRef[] | undefined;
}

export interface ChosenPorts {
  readonly input: GraphNode;
  readonly outputs: readonly OutputRef[];
}

/** Operations that answer which class it is, and not how sure the net is of each: their scores are what they take. */
const choices: readonly string[] = ['ArgMax', 'TopKV2', 'TopK', 'InTopKV2'];
/** Operations of whose results nobody makes a prediction. */
const silent: readonly string[] = ['Const', 'NoOp', 'Placeholder', 'Assert', 'Print', 'PrintV2'];
const handingOn: readonly string[] = ['Identity', 'StopGradient'];
/** More outputs than anybody chooses among. */
const mostOutputs = 100;
/** So many names fit into a sentence. */
const mostNames = 5;

/**
 * What goes in and what comes out of a graph: what its signature names, else its only placeholder and whatever nobody takes; or the
 * output that is asked for. Refused with their names where there are several inputs.
 */
export function choosePorts(source: PortsSource, wished?: string): ChosenPorts {
  const { nodes } = source;
  const named = wished === undefined ? undefined : [wishedOutput(nodes, wished)];
  const outputs = named ?? scoresOf(nodes, source.outputs ?? sinksOf(nodes));
  if (outputs.length > mostOutputs) {
    throw unsupported(
      `its graph has ${outputs.length} outputs: name one of its nodes with --output`,
    );
  }
  const reached = reachedFrom(nodes, outputs);
  const placeholders = [...nodes.values()].filter(
    ({ name, op }) => op === 'Placeholder' && reached.has(name),
  );
  const told = source.inputs?.flatMap(({ node }) => {
    const found = nodes.get(node);
    return found && reached.has(node) ? [found] : [];
  });
  const inputs = told && told.length > 0 ? told : placeholders;
  const [input, ...others] = inputs;
  if (!input) throw unsupported('no output of its graph comes from an input (a Placeholder)');
  const strange = placeholders.find((one) => !inputs.includes(one));
  if (others.length > 0 || strange) {
    const all = new Set([...inputs, ...placeholders]);
    const names = [...all].slice(0, mostNames).map(({ name }) => shown(name));
    throw unsupported(
      `it takes ${all.size} inputs (${names.join(', ')}), and an image is one: freeze the others as constants`,
    );
  }
  if (input.op !== 'Placeholder') throw unreadable(`the input ${shown(input.name)} is none`);
  const depending = outputs.filter((output) => reachedFrom(nodes, [output]).has(input.name));
  return { input, outputs: depending };
}

function wishedOutput(nodes: ReadonlyMap<string, GraphNode>, wished: string): OutputRef {
  const ref = outputRef(wished.replace(/^scores:/, ''));
  if (nodes.has(ref.node)) return ref;
  throw unsupported(
    `its graph has no node ${shown(ref.node)} to take for the output (--output names a node)`,
  );
}

/** The outputs that hold scores: without those that only choose the best of them, or that with what it chooses from. */
function scoresOf(
  nodes: ReadonlyMap<string, GraphNode>,
  outputs: readonly OutputRef[],
): readonly OutputRef[] {
  const sources = outputs.map((output) => {
    const origin = originOf(nodes, output);
    const node = nodes.get(origin.node);
    if (!node) throw unreadable(`its graph has no node ${shown(origin.node)}`);
    const isChoice = choices.includes(node.op);
    return { isChoice, output, origin: isChoice ? (node.inputs[0] ?? origin) : origin };
  });
  const kept = sources.some(({ isChoice }) => !isChoice)
    ? sources.filter(({ isChoice }) => !isChoice)
    : sources;
  const once = new Map(kept.map((one) => [`${one.origin.node}:${one.origin.at}`, one]));
  return [...once.values()].map(({ isChoice, output, origin }) => (isChoice ? origin : output));
}

/** Where a value comes from that is only handed on. */
function originOf(nodes: ReadonlyMap<string, GraphNode>, output: OutputRef): OutputRef {
  let current = output;
  for (let steps = 0; steps <= nodes.size; steps += 1) {
    const node = nodes.get(current.node);
    const [before] = node?.inputs ?? [];
    if (!node || !before || !handingOn.includes(node.op)) return current;
    current = before;
  }
  throw unreadable('the nodes of its graph take each other’s results in a circle');
}

/** The outputs that nobody takes, of what depends on an input. */
function sinksOf(nodes: ReadonlyMap<string, GraphNode>): OutputRef[] {
  const taken = new Set(
    [...nodes.values()].flatMap(({ inputs }) => inputs.map(({ node }) => node)),
  );
  const fed = fedByInputs(nodes);
  const sinks = [...nodes.values()].filter(
    ({ name, op }) => !taken.has(name) && !silent.includes(op) && fed.has(name),
  );
  if (sinks.length === 0) throw unsupported('nothing comes out of its graph that goes into it');
  return sinks.map(({ name }) => ({ node: name, at: 0 }));
}

/** The names of the nodes that take something from an input, through whatever lies between. */
function fedByInputs(nodes: ReadonlyMap<string, GraphNode>): Set<string> {
  const takers = new Map<string, string[]>();
  for (const { name, inputs } of nodes.values()) {
    for (const { node } of inputs) {
      const list = takers.get(node) ?? [];
      list.push(name);
      takers.set(node, list);
    }
  }
  const starts = [...nodes.values()].filter(({ op }) => op === 'Placeholder');
  return walk(
    starts.map(({ name }) => name),
    (name) => takers.get(name) ?? [],
  );
}

function reachedFrom(
  nodes: ReadonlyMap<string, GraphNode>,
  outputs: readonly OutputRef[],
): Set<string> {
  return walk(
    outputs.map(({ node }) => node),
    (name) => nodes.get(name)?.inputs.map(({ node }) => node) ?? [],
  );
}

function walk(starts: readonly string[], next: (name: string) => readonly string[]): Set<string> {
  const seen = new Set(starts);
  const stack = [...seen];
  for (let name = stack.pop(); name !== undefined; name = stack.pop()) {
    for (const other of next(name)) {
      if (seen.has(other)) continue;
      seen.add(other);
      stack.push(other);
    }
  }
  return seen;
}

/** What the nodes of a graph tell of its images: that some count their channels first, or nothing. */
export function channelOrderOf(nodes: ReadonlyMap<string, GraphNode>): 'first' | undefined {
  return [...nodes.values()].some(countsFirst) ? 'first' : undefined;
}

function countsFirst({ op, attributes }: GraphNode): boolean {
  const { s } = attributes.get('data_format') ?? {};
  // Images that come with their channels first are often brought to what convolutions take.
  return op === 'Transpose' || (s !== undefined && Buffer.from(s).toString() === 'NCHW');
}
