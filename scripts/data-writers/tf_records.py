"""TFRecord of tf.train.Example, by the package tfrecord."""

from examples import labels, path, png, pixels, wrote
from tfrecord.writer import TFRecordWriter

for name, file, feature, options in [
    ("image/encoded", "images.tfrecord", lambda row: {"image/encoded": (png(row), "byte")}, {"shape": "8x8"}),
    ("image_raw", "raw.tfrecord", lambda row: {"image_raw": (bytes(row), "byte")}, {}),
    ("pixels as integers", "pixels.tfrecord", lambda row: {"pixels": (row, "int")}, {}),
]:
    writer = TFRecordWriter(path(file))
    for label, row in zip(labels, pixels):
        writer.write({**feature(row), "label": (label, "int")})
    writer.close()
    wrote(name, file, **options)
