/** One node of a TensorFlow graph. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  /** What it takes, without the nodes that only have to have run before. */
  readonly inputs: readonly OutputRef[];
  readonly attributes: ReadonlyMap<string, AttributeValue>;
}

/** One output of a node: "split:1" is the second of that node, "conv" the first. */
export interface OutputRef {
  readonly node: string;
  readonly at: number;
}

/** The value of an attribute; every one is of somebody else's making. */
export interface AttributeValue {
  readonly list?: { readonly s?: readonly Uint8Array[]; readonly i?: readonly number[] };
  readonly s?: Uint8Array;
  readonly i?: number;
  readonly f?: number;
  readonly b?: boolean;
  readonly type?: string | number;
  readonly shape?: ShapeProto;
  readonly tensor?: TensorProto;
}

export interface ShapeProto {
  readonly dim?: readonly { readonly size?: number }[];
  readonly unknownRank?: boolean;
}

/** The numbers of a constant: bytes, or a list for its type, which may be shorter than the shape. */
export interface TensorProto {
  readonly dtype?: string | number;
  readonly tensorShape?: ShapeProto;
  readonly tensorContent?: Uint8Array;
  readonly halfVal?: readonly number[];
  readonly floatVal?: readonly number[];
  readonly doubleVal?: readonly number[];
  readonly intVal?: readonly number[];
  readonly int64Val?: readonly number[];
  readonly boolVal?: readonly boolean[];
  readonly uint32Val?: readonly number[];
  readonly uint64Val?: readonly number[];
}

/** The output that a text names. */
export function outputRef(text: string): OutputRef {
  const { node = text, at = '0' } = /^(?<node>.*):(?<at>\d{1,6})$/.exec(text)?.groups ?? {};
  return { node, at: Number(at) };
}
