import { maskedCrc } from '../../src/datasets/formats/tfrecord/record-frames.ts';

/** What a feature of a tf.train.Example holds: bytes, or whole numbers. */
export type TestFeature = Uint8Array | readonly number[];

/** A record around some bytes, with both of its checksums. */
export function record(data: Uint8Array): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt32LE(data.length, 0);
  head.writeUInt32LE(maskedCrc(head.subarray(0, 8)), 8);
  const tail = Buffer.alloc(4);
  tail.writeUInt32LE(maskedCrc(data));
  return Buffer.concat([head, data, tail]);
}

/** A TFRecord file of examples, as TensorFlow writes them: one record each. */
export function tfRecords(examples: readonly Readonly<Record<string, TestFeature>>[]): Buffer {
  return Buffer.concat(examples.map((features) => record(example(features))));
}

function example(features: Readonly<Record<string, TestFeature>>): Buffer {
  const entries = Object.entries(features).map(([name, feature]) =>
    field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, featureOf(feature))])),
  );
  return field(1, Buffer.concat(entries));
}

/** A list of bytes is the field 1 of a feature, one of whole numbers the field 3. */
function featureOf(feature: TestFeature): Buffer {
  return feature instanceof Uint8Array
    ? field(1, field(1, feature))
    : field(3, field(1, Buffer.concat(feature.map(varint))));
}

/** A field of bytes in the wire format of protobuf. */
function field(number: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of((number << 3) | 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  return value < 128
    ? Buffer.of(value)
    : Buffer.concat([Buffer.of((value & 127) | 128), varint(value >>> 7)]);
}
