"""Writes a SavedModel of a small convolutional net and the answers TensorFlow itself gives, for the test beside it.

    python write-saved-model.py FOLDER
"""
import json, os, sys

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import numpy as np
import tensorflow as tf

folder = sys.argv[1]
tf.random.set_seed(7)
net = tf.keras.Sequential([
    tf.keras.layers.Input((8, 8, 1)),
    tf.keras.layers.Conv2D(4, 3, activation='relu'),
    tf.keras.layers.Flatten(),
    tf.keras.layers.Dense(3, activation='softmax'),
])


class Served(tf.Module):
    def __init__(self):
        super().__init__()
        self.net = net

    @tf.function(input_signature=[tf.TensorSpec([None, 8, 8, 1], tf.float32, name='image')])
    def serve(self, image):
        return {'probabilities': self.net(image)}


served = Served()
tf.saved_model.save(served, folder, signatures=served.serve)


class ServedLevels(tf.Module):
    """The same for levels from 0 to 255, which it makes shares of itself."""

    def __init__(self):
        super().__init__()
        self.net = net

    @tf.function(input_signature=[tf.TensorSpec([None, 8, 8, 1], tf.uint8, name='image')])
    def serve(self, image):
        return {'probabilities': self.net(tf.cast(image, tf.float32) / 255)}


levels_served = ServedLevels()
tf.saved_model.save(levels_served, os.path.join(folder, 'of-levels'), signatures=levels_served.serve)
examples = np.random.default_rng(7).random((5, 8, 8, 1), dtype=np.float32)
# The same as images: levels from 0 to 255, of which the usual preprocessing makes shares of white.
levels = np.random.default_rng(8).integers(0, 256, (6, 8, 8, 1), dtype=np.uint8)
shares = levels.astype(np.float32) / 255
with open(os.path.join(folder, 'answers.json'), 'w') as file:
    json.dump({'examples': examples.reshape(5, -1).tolist(), 'answers': net(examples).numpy().tolist(),
               'levels': levels.reshape(6, -1).tolist(), 'answersOfLevels': net(shares).numpy().tolist(),
               'tensorflow': tf.__version__}, file)
