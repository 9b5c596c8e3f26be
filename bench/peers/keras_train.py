"""The nets of bench:train in Keras, on one thread: a peer to compare with.

The same data, nets and rates as torch_train.py; images are moved by Keras' own layers (rotation, shift,
zoom), which are weaker than the recipe's augmentation, so compare seconds first and accuracy with care.

    python3 bench/peers/keras_train.py --mnist data/mnist --net cnn --epochs 20
"""
import argparse, gzip, json, math, os, time

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


def read_idx(path):
    with (gzip.open if path.endswith('.gz') else open)(path, 'rb') as file:
        data = file.read()
    dims = [int.from_bytes(data[4 + 4 * i:8 + 4 * i], 'big') for i in range(data[3])]
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(dims)


def load_mnist(folder):
    def find(name):
        return next(p for p in (os.path.join(folder, name), os.path.join(folder, name + '.gz')) if os.path.exists(p))
    images = read_idx(find('train-images-idx3-ubyte')).astype(np.float32)[..., None] / 255
    return images, read_idx(find('train-labels-idx1-ubyte')).astype(np.int64)


def cnn(a, b, dropout):
    def block(filters):
        return [layers.Conv2D(filters, 3, use_bias=False), layers.BatchNormalization(momentum=0.9), layers.ReLU()]
    return [*block(a), *block(a), layers.MaxPooling2D(), *block(b), *block(b), layers.MaxPooling2D(),
            layers.Dropout(dropout), layers.Flatten(), layers.Dense(128, use_bias=False),
            layers.BatchNormalization(momentum=0.9), layers.ReLU(), layers.Dense(10)]


NETS = {
    'dense': lambda: [layers.Flatten(), layers.Dense(128, activation='relu'), layers.Dropout(0.2), layers.Dense(10)],
    'cnn': lambda: cnn(16, 32, 0.2),
    'cnn-large': lambda: cnn(32, 64, 0.3),
    'gru': lambda: [layers.Reshape((28, 28)), layers.GRU(128), layers.Dropout(0.2), layers.Dense(10)],
}


def one_cycle(t, peak):
    if t < 0.3:
        return peak / 25 + (peak - peak / 25) * t / 0.3
    return peak / 2 * (1 + math.cos(math.pi * (t - 0.3) / 0.7)) + 1e-4 * peak


class OneCycle(keras.callbacks.Callback):
    def __init__(self, peak, total):
        super().__init__()
        self.peak, self.total, self.step = peak, total, 0

    def on_train_batch_begin(self, batch, logs=None):
        self.model.optimizer.learning_rate.assign(one_cycle(self.step / self.total, self.peak))
        self.step += 1


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument('--mnist', required=True)
    arguments.add_argument('--net', choices=NETS, default='cnn')
    arguments.add_argument('--epochs', type=int, default=20)
    arguments.add_argument('--limit', type=int, default=1000)
    arguments.add_argument('--batch', type=int, default=50)
    arguments.add_argument('--rate', type=float, default=6e-3)
    arguments.add_argument('--smoothing', type=float, default=0.1)
    arguments.add_argument('--plain', action='store_true', help='no augmentation, constant rate (the founding example)')
    arguments.add_argument('--seed', type=int, default=1)
    a = arguments.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    keras.utils.set_random_seed(a.seed)
    images, labels = load_mnist(a.mnist)
    x, y = images[:a.limit], np.eye(10, dtype=np.float32)[labels[:a.limit]]
    moved = [] if a.plain else [layers.RandomRotation(15 / 360, fill_mode='constant'),
                                layers.RandomTranslation(2 / 28, 2 / 28, fill_mode='constant'),
                                layers.RandomZoom(0.15, 0.15, fill_mode='constant')]
    net = keras.Sequential([layers.Input((28, 28, 1)), *moved, *NETS[a.net]()])
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=a.smoothing)
    net.compile(keras.optimizers.Adam(a.rate), loss)
    steps = a.epochs * math.ceil(len(x) / a.batch)
    wall, cpu = time.perf_counter(), time.process_time()
    net.fit(x, y, batch_size=a.batch, epochs=a.epochs, verbose=0, callbacks=[] if a.plain else [OneCycle(a.rate, steps)])
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    right = (net.predict(images[50000:60000], batch_size=1000, verbose=0).argmax(1) == labels[50000:60000]).sum()
    print(json.dumps({'engine': f'Keras on TensorFlow {tf.__version__}', 'net': a.net, 'epochs': a.epochs, 'examples': len(x),
                      'steps': steps, 'seconds': wall, 'cpuSeconds': cpu, 'stepMs': cpu / steps * 1000,
                      'accuracy': int(right) / 10000}))


main()
