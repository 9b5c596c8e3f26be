import protobuf from 'protobufjs';

/**
 * The messages of a TensorFlow graph that we read, by their public field numbers
 * (https://github.com/tensorflow/tensorflow/tree/master/tensorflow/core/framework: graph, node_def, attr_value, tensor,
 * tensor_shape). Functions, devices and versions are left out, which protobuf allows: readers skip what they do not know.
 */
const field = (id: number, type: string) => ({ id, type });
const repeated = (id: number, type: string) => ({ id, type, rule: 'repeated' });
const packed = (id: number, type: string) => ({ ...repeated(id, type), options: { packed: true } });

/** DataType, of which these are numbers. */
const dataTypes = {
  DT_INVALID: 0,
  DT_FLOAT: 1,
  DT_DOUBLE: 2,
  DT_INT32: 3,
  DT_UINT8: 4,
  DT_INT16: 5,
  DT_INT8: 6,
  DT_STRING: 7,
  DT_INT64: 9,
  DT_BOOL: 10,
  DT_BFLOAT16: 14,
  DT_UINT16: 17,
  DT_HALF: 19,
  DT_RESOURCE: 20,
  DT_UINT32: 22,
  DT_UINT64: 23,
};

/** Attributes by their names, which the declarations of protobufjs do not know among fields. */
const attributes: protobuf.IMapField = { id: 5, type: 'AttrValue', keyType: 'string' };

const root = protobuf.Root.fromJSON({
  nested: {
    GraphDef: { fields: { node: repeated(1, 'NodeDef') } },
    NodeDef: {
      fields: {
        name: field(1, 'string'),
        op: field(2, 'string'),
        input: repeated(3, 'string'),
        attr: attributes,
      },
    },
    DataType: { values: dataTypes },
    AttrValue: {
      // Of a choice a value is known to be there when it is zero or false.
      oneofs: { value: { oneof: ['list', 's', 'i', 'f', 'b', 'type', 'shape', 'tensor'] } },
      fields: {
        list: field(1, 'ListValue'),
        s: field(2, 'bytes'),
        i: field(3, 'int64'),
        f: field(4, 'float'),
        b: field(5, 'bool'),
        type: field(6, 'DataType'),
        shape: field(7, 'TensorShapeProto'),
        tensor: field(8, 'TensorProto'),
      },
    },
    ListValue: {
      fields: { s: repeated(2, 'bytes'), i: packed(3, 'int64'), f: packed(4, 'float') },
    },
    TensorShapeProto: { fields: { dim: repeated(2, 'Dim'), unknownRank: field(3, 'bool') } },
    Dim: { fields: { size: field(1, 'int64') } },
    TensorProto: {
      fields: {
        dtype: field(1, 'DataType'),
        tensorShape: field(2, 'TensorShapeProto'),
        tensorContent: field(4, 'bytes'),
        halfVal: packed(13, 'int32'),
        floatVal: packed(5, 'float'),
        doubleVal: packed(6, 'double'),
        intVal: packed(7, 'int32'),
        int64Val: packed(10, 'int64'),
        boolVal: packed(11, 'bool'),
        uint32Val: packed(16, 'uint32'),
        uint64Val: packed(17, 'uint64'),
      },
    },
  },
});

/** The message that a frozen graph is, and the topology of a graph model of TF.js in its JSON form. */
export const graphDef = root.lookupType('GraphDef');
