import type { Message as MessageType } from 'apache-arrow/ipc/metadata/message';

/** The parts of apache-arrow that are used; loaded when the first Arrow file is read. */
export type ArrowLibrary = Awaited<ReturnType<typeof loadArrow>>;
export type ArrowMessage = MessageType;

/** Loads the library: only its description of files, since their bytes are read here, column by column. */
export async function loadArrow() {
  const [
    { Message },
    { Footer },
    { VectorLoader },
    { Vector },
    { DataType, Float },
    { Precision },
  ] = await Promise.all([
    import('apache-arrow/ipc/metadata/message'),
    import('apache-arrow/ipc/metadata/file'),
    import('apache-arrow/visitor/vectorloader'),
    import('apache-arrow/vector'),
    import('apache-arrow/type'),
    import('apache-arrow/enum'),
  ]);
  return { Message, Footer, VectorLoader, Vector, DataType, Float, Precision };
}
