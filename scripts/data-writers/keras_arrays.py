"""NumPy: .npz as keras.datasets has them, .npy, and IDX as MNIST has it."""

import gzip
import struct

import numpy as np
from examples import labels, path, pixels, side, wrote

images = np.array(pixels, np.uint8).reshape(-1, side, side)
classes = np.array(labels)
np.savez_compressed(path("packed.npz"), images=images[..., None], labels=classes.astype(np.uint8))
wrote("savez_compressed", "packed.npz")
# Its test is measured on, so that all forty are learnt from: another model than of the other forms.
np.savez(path("keras.npz"), x_train=images, y_train=classes, x_test=images[::5], y_test=classes[::5])
wrote("savez as keras has MNIST", "keras.npz")
np.savez(path("floats.npz"), x=images.astype(np.float32), y=classes.astype(float))
wrote("savez of floats", "floats.npz")
np.savez(path("fortran.npz"), x=np.asfortranarray(images), y=classes)
wrote("savez in Fortran's order", "fortran.npz")
np.save(path("arrays/images.npy"), images)
np.save(path("arrays/labels.npy"), classes)
wrote("save", "arrays/images.npy")
for name, values in [("train-images-idx3-ubyte", images), ("train-labels-idx1-ubyte", classes.astype(np.uint8))]:
    head = struct.pack(f">BBBB{values.ndim}I", 0, 0, 8, values.ndim, *values.shape)
    with gzip.open(path(f"{name}.gz"), "wb") as out:
        out.write(head + values.tobytes())
wrote("gzip of IDX", "train-images-idx3-ubyte.gz")
