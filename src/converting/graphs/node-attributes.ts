import { shown, unreadable } from '../refusals.ts';
import type { GraphNode, ShapeProto, TensorProto } from './graph-node.ts';

/** The attributes of one node, each of the type that its operation gives it. */
export interface NodeAttributes {
  flag(name: string, otherwise: boolean): boolean;
  number(name: string, otherwise: number): number;
  text(name: string, otherwise: string): string;
  /** The name of a type; undefined where there is none. */
  type(name: string): string | undefined;
  integer(name: string, otherwise: number): number;
  integers(name: string): number[];
  texts(name: string): string[];
  shape(name: string): ShapeProto | undefined;
  tensor(name: string): TensorProto | undefined;
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

/** No attribute of a net for images is a longer list. */
const longest = 64;

/** Reads them, and refuses whole numbers and lists that nothing can be meant by. */
export function attributesOf({ attributes }: GraphNode, title: string): NodeAttributes {
  const of = (name: string) => attributes.get(name) ?? {};
  const list = <T>(name: string, values: readonly T[] | undefined): readonly T[] => {
    if ((values?.length ?? 0) > longest) {
      throw unreadable(`${title} has a list ${shown(name)} of ${values?.length}`);
    }
    return values ?? [];
  };
  const integer = (name: string, value: number): number => {
    if (Number.isSafeInteger(value)) return value;
    throw unreadable(`${title} has ${shown(name)} of ${value}`);
  };
  return {
    flag: (name, otherwise) => of(name).b ?? otherwise,
    number: (name, otherwise) => of(name).f ?? otherwise,
    text(name, otherwise) {
      const { s } = of(name);
      return s ? textOf(s) : otherwise;
    },
    type(name) {
      const { type } = of(name);
      return type === undefined ? undefined : String(type);
    },
    integer: (name, otherwise) => integer(name, of(name).i ?? otherwise),
    integers: (name) => list(name, of(name).list?.i).map((value) => integer(name, value)),
    texts: (name) => list(name, of(name).list?.s).map(textOf),
    shape: (name) => of(name).shape,
    tensor: (name) => of(name).tensor,
  };
}
