"""Writes one net in every format that a version is made of, for npm run bench:formats.

write_formats.py FOLDER: MobileNetV2 (0.35, 96 x 96, ten classes) with random weights as net.onnx (tf2onnx), net.keras, net.h5,
layers/model.json, graph/model.json, net.pb, saved/, and net.in and net.out, images and what Keras answers to them.
"""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import keras
import numpy as np
import tensorflow as tf
import tf2onnx
from google.protobuf.json_format import MessageToDict
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

(folder,) = sys.argv[1:]
SIDE = 96
keras.utils.set_random_seed(1)
random = np.random.default_rng(0)
net = keras.applications.MobileNetV2(weights=None, input_shape=(SIDE, SIDE, 3), alpha=0.35, classes=10)
for variable in net.variables:
    if "moving_mean" in variable.path or variable.path.endswith(("beta", "bias")):
        variable.assign(random.normal(0, 0.2, variable.shape).astype("float32"))
    elif "moving_var" in variable.path:
        variable.assign(random.uniform(0.5, 1.5, variable.shape).astype("float32"))


def path(*names):
    whole = os.path.join(folder, *names)
    os.makedirs(os.path.dirname(whole), exist_ok=True)
    return whole


def write_tfjs(home, model, arrays):
    """A model.json with all numbers in one shard."""
    with open(path(home, "weights.bin"), "wb") as file:
        for _, array in arrays:
            file.write(array.tobytes())
    weights = [{"name": name, "shape": list(array.shape), "dtype": str(array.dtype)} for name, array in arrays]
    manifest = [{"paths": ["weights.bin"], "weights": weights}]
    with open(path(home, "model.json"), "w") as file:
        json.dump({"generatedBy": tf.__version__, "convertedBy": None, **model, "weightsManifest": manifest}, file)


net.save(path("net.keras"))
net.save(path("net.h5"))

arrays = [(variable.path, np.asarray(variable, "float32")) for variable in net.variables if "seed" not in variable.path]
config = json.loads(net.to_json())
topology = {"keras_version": keras.__version__, "backend": "tensorflow", "model_config": config}
write_tfjs("layers", {"format": "layers-model", "modelTopology": topology}, arrays)

spec = tf.TensorSpec([None, SIDE, SIDE, 3], tf.float32, "x")
function = tf.function(lambda x: net(x, training=False))
tf2onnx.convert.from_function(function, [spec], opset=17, output_path=path("net.onnx"))
frozen = convert_variables_to_constants_v2(function.get_concrete_function(spec))
graph = frozen.graph.as_graph_def()
with open(path("net.pb"), "wb") as file:
    file.write(graph.SerializeToString())

constants = []
for node in graph.node:
    if node.op != "Const":
        continue
    array = tf.make_ndarray(node.attr["value"].tensor)
    # TensorFlow.js has whole numbers of 32 bits only.
    constants.append((node.name, array.astype("int32") if array.dtype == np.int64 else array))
    for field in ["tensor_content", "float_val", "int_val", "int64_val"]:
        node.attr["value"].tensor.ClearField(field)
graph.ClearField("library")
signature = {
    "inputs": {"image": {"name": "x:0", "dtype": "DT_FLOAT"}},
    "outputs": {"scores": {"name": frozen.outputs[0].name, "dtype": "DT_FLOAT"}},
}
write_tfjs("graph", {"format": "graph-model", "signature": signature, "modelTopology": MessageToDict(graph)}, constants)


class Served(tf.Module):
    def __init__(self):
        super().__init__()
        # Variables of Keras 3 are none of TensorFlow's to keep: what they hold is.
        self.kept = [variable.value for variable in net.variables]

    @tf.function(input_signature=[tf.TensorSpec([None, SIDE, SIDE, 3], tf.float32, name="image")])
    def serve(self, image):
        return {"scores": net(image, training=False)}


served = Served()
tf.saved_model.save(served, path("saved", ""), signatures=served.serve)

images = random.uniform(-1, 1, (4, SIDE, SIDE, 3)).astype("float32")
images.tofile(path("net.in"))
np.asarray(net(images, training=False), "float32").tofile(path("net.out"))
