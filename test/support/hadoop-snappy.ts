/** Bytes in the framing of Hadoop's SnappyCodec, packed as one literal after the other. */
export function hadoopSnappy(content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content);
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 50) {
    const chunk = literal(bytes.subarray(at, at + 50));
    chunks.push(lengthOf(chunk.length), chunk);
  }
  return Buffer.concat([lengthOf(bytes.length), ...chunks]);
}

/** Snappy may copy from what came before, but need not: up to 60 bytes stand behind one tag. */
function literal(bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([bytes.length, (bytes.length - 1) << 2]), bytes]);
}

function lengthOf(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
