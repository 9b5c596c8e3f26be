/** Element types of IDX that are read: bytes, and for labels of many classes also whole numbers. */
export const idxTypes = { unsignedByte: 0x08, int32: 0x0c } as const;

/**
 * How many axes an IDX file has, by its first four bytes: of bytes, or of whole numbers along one axis.
 * Undefined for other files.
 */
export function idxAxes(head: Uint8Array): number | undefined {
  if (head[0] !== 0 || head[1] !== 0) return undefined;
  const axes = head[3] ?? 0;
  if (head[2] === idxTypes.int32) return axes === 1 ? axes : undefined;
  return head[2] === idxTypes.unsignedByte && axes >= 1 && axes <= 4 ? axes : undefined;
}
