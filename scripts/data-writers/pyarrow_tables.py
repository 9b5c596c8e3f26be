"""pyarrow: Feather, IPC files and streams, Parquet, and folders of partitions."""

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.feather as feather
import pyarrow.parquet as pq
from examples import labels, path, pixels, png, table, wrote

rows = pa.table({name: pa.array(values, pa.uint8()) for name, values in table.items()})
lists = pa.table({"label": labels, "pixels": pa.array(pixels, pa.list_(pa.uint8()))})
fixed = pa.table({"label": labels, "pixels": pa.array(pixels, pa.list_(pa.uint8(), len(pixels[0])))})
images = pa.table({"image": pa.array([png(row) for row in pixels], pa.binary()), "label": labels})


def ipc(kind, out, made):
    with kind(out, made.schema) as writer:
        writer.write_table(made)


for name, file, save, options in [
    ("feather", "plain.feather", lambda out: feather.write_feather(rows, out), {}),
    ("feather, zstd", "zstd.feather", lambda out: feather.write_feather(rows, out, "zstd"), {}),
    ("IPC file of lists", "lists.arrow", lambda out: ipc(pa.ipc.new_file, out, lists), {}),
    ("IPC stream of lists", "lists.arrows", lambda out: ipc(pa.ipc.new_stream, out, lists), {}),
    ("IPC file of fixed lists", "fixed.arrow", lambda out: ipc(pa.ipc.new_file, out, fixed), {}),
    ("Parquet", "plain.parquet", lambda out: pq.write_table(rows, out), {}),
    ("Parquet of lists, brotli", "lists.parquet", lambda out: pq.write_table(lists, out, compression="brotli"), {}),
    ("Parquet of images", "images.parquet", lambda out: pq.write_table(images, out), {"shape": "8x8"}),
]:
    save(path(file))
    wrote(name, file, **options)
partitioning = ds.partitioning(pa.schema([("label", pa.uint8())]), flavor="hive")
ds.write_dataset(rows, path("by-label"), format="parquet", partitioning=partitioning)
wrote("dataset of partitions", "by-label")
