"""Writes the files of NumPy beside it, as keras, MedMNIST and people write them.

Run again only to change them: python3 write-fixtures.py (needs numpy 2).
"""

from pathlib import Path

import numpy as np

here = Path(__file__).parent
COUNT, SIDE = 12, 4
labels = np.arange(COUNT) % 3
images = np.array([[(i * 37 + p * 11) % 256 for p in range(SIDE * SIDE)] for i in range(COUNT)], np.uint8)
images = images.reshape(COUNT, SIDE, SIDE)

# The names and types of keras.datasets.mnist.
np.savez_compressed(here / "keras.npz", x_train=images, y_train=labels.astype(np.uint8),
                    x_test=images[:6], y_test=labels[:6].astype(np.uint8))
# MedMNIST keeps each label in a list of its own.
np.savez(here / "medmnist.npz", train_images=images, train_labels=labels[:, None],
         val_images=images[:3], val_labels=labels[:3, None], test_images=images[:6], test_labels=labels[:6, None])
# What pandas' to_numpy() gives is in Fortran order; text is "<U3".
np.savez_compressed(here / "fortran.npz", X=np.asfortranarray(images.astype(np.float64)),
                    y=np.array(["cat", "dog", "emu"])[labels])
np.savez_compressed(here / "objects.npz", x=images, y=np.array(["cat", "dog", "emu"], object)[labels])
