"""Writes the Parquet files beside it, as Arrow, pandas and Hugging Face write them.

Run again only to change them: python3 write-fixtures.py (needs pyarrow and pillow).
"""

import io
import json
import math
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

here = Path(__file__).parent
COUNT, SIDE = 12, 4
names = ["cat", "dog", "emu"]
labels = [names[i % 3] for i in range(COUNT)]
pixels = [[(i * 37 + p * 11) % 256 for p in range(SIDE * SIDE)] for i in range(COUNT)]


def png(values):
    image = Image.frombytes("L", (SIDE, SIDE), bytes(values))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def columns(kind, rows=pixels):
    return {f"p{p}": pa.array([row[p] for row in rows], kind) for p in range(SIDE * SIDE)}


def write(name, table, **options):
    pq.write_table(table if isinstance(table, pa.Table) else pa.table(table), here / f"{name}.parquet", **options)


write("columns-uint8-snappy", {"label": labels, **columns(pa.uint8())}, row_group_size=5, compression="snappy")
write("columns-int64-plain", {**columns(pa.int64()), "label": pa.array(labels).dictionary_encode(),
                              "__index_level_0__": list(range(COUNT))},
      compression="none", use_dictionary=False)
write("columns-double-gzip", {"label": labels, **columns(pa.float64())}, compression="gzip", data_page_version="2.0")
write("columns-delta-zstd", {"label": labels, **columns(pa.int32())}, compression="zstd", use_dictionary=False,
      column_encoding={f"p{p}": "DELTA_BINARY_PACKED" for p in range(SIDE * SIDE)})
write("list-uint8-zstd", {"label": labels, "pixels": pa.array(pixels, pa.list_(pa.uint8()))},
      compression="zstd", data_page_size=20, write_batch_size=3, row_group_size=7, use_dictionary=False)
write("list-int16-v2", {"label": labels, "pixels": pa.array(pixels, pa.list_(pa.int16()))},
      compression="snappy", data_page_size=20, write_batch_size=3, data_page_version="2.0")
nested = [[row[y * SIDE:(y + 1) * SIDE] for y in range(SIDE)] for row in pixels]
write("list-of-lists-brotli", {"image": pa.array(nested, pa.list_(pa.list_(pa.int32()))), "class": labels},
      compression="brotli")
planes = [[[[(c * 60 + y * 12 + x * 8 + i) % 256 for x in range(6)] for y in range(5)] for c in range(3)] for i in range(COUNT)]
write("list-of-planes", {"image": pa.array(planes, pa.list_(pa.list_(pa.list_(pa.uint8())))), "label": labels},
      compression="snappy", data_page_size=200, write_batch_size=3)
write("list-fixed-lz4", {"features": pa.array(pixels, pa.list_(pa.float32(), SIDE * SIDE)), "label": labels},
      compression="lz4")

features = {"info": {"features": {"image": {"_type": "Image"}, "label": {"names": names, "_type": "ClassLabel"}}}}
image = pa.array([{"bytes": png(row), "path": f"{i}.png"} for i, row in enumerate(pixels)],
                 pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
hub = pa.table({"image": image, "label": pa.array([i % 3 for i in range(COUNT)], pa.int64())})
write("images-hugging-face", hub.replace_schema_metadata({"huggingface": json.dumps(features)}), row_group_size=5)
write("images-bytes", {"img": pa.array([png(row) for row in pixels], pa.binary()), "kind": labels})

wrong = [[float(v) for v in row] for row in pixels]
for row, value in [(1, math.nan), (3, math.inf), (5, 256.0), (7, -1.0), (9, None)]:
    wrong[row][row] = value
write("columns-bad-values", {"label": labels[:11] + [None], **columns(pa.float64(), wrong)})
write("list-bad-values", {"label": labels, "pixels": pa.array(wrong[:10] + [None, wrong[11][:15]],
                                                              pa.list_(pa.float64()))})
write("columns-scaled", {"label": labels, **columns(pa.float32(), [[v / 255 for v in row] for row in pixels])})
write("columns-with-text", {"label": labels, **columns(pa.uint8()), "id": labels})
write("empty", {"label": pa.array([], pa.string()), "p0": pa.array([], pa.uint8())})

# The examples of matrix/logical-dataset.ts: 14, 13 and 13 of the classes 0, 1 and 2; whole, in two parts, as PNG.
forms_labels = [0] * 14 + [1] * 13 + [2] * 13
forms = [[(i * 37 + p * 11 + label * 64) % 256 for p in range(64)] for i, label in enumerate(forms_labels)]
for name, part in [("forms", slice(40)), ("forms-part-0", slice(17)), ("forms-part-1", slice(17, 40))]:
    write(name, {"label": pa.array(forms_labels[part], pa.int64()), "pixels": pa.array(forms[part], pa.list_(pa.uint8()))},
          compression="snappy")
for wanted in range(3):
    rows = [row for row, label in zip(forms, forms_labels) if label == wanted]
    write(f"forms-of-{wanted}", {"pixels": pa.array(rows, pa.list_(pa.uint8()))}, compression="snappy")
SIDE = 8
write("forms-png", {"image": pa.array([png(row) for row in forms], pa.binary()), "label": forms_labels})

# Spark's data source "image" (mode 16: three channels, blue first; 0: grey), and vectors of Spark ML, dense and sparse.
names = ["cat", "dog", "emu"]
spark_image = pa.struct([("origin", pa.string()), ("height", pa.int32()), ("width", pa.int32()),
                         ("nChannels", pa.int32()), ("mode", pa.int32()), ("data", pa.binary())])
colours = [[(i * 37 + p * 11) % 256 for p in range(12)] for i in range(6)]


def spark(values, channels, mode, height=2, width=2):
    return {"origin": "file:///x.png", "height": height, "width": width, "nChannels": channels, "mode": mode, "data": bytes(values)}


blue_first = [[row[p - p % 3 + 2 - p % 3] for p in range(12)] for row in colours]
write("spark-images", {"image": pa.array([spark(row, 3, 16) for row in blue_first], spark_image),
                       "label": [names[i % 3] for i in range(6)]}, row_group_size=4)
odd = [spark([1, 2, 3, 4], 1, 0), spark([1, 2, 3, 4], 1, 0), spark([0] * 16, 4, 24), None, spark([1, 2], 1, 0), spark([0] * 16, 1, 5)]
write("spark-images-odd", {"image": pa.array(odd, spark_image), "label": [names[i % 2] for i in range(6)]})
vector = pa.struct([("type", pa.int8()), ("size", pa.int32()), ("indices", pa.list_(pa.int32())), ("values", pa.list_(pa.float64()))])


def sparse(row):
    held = [p for p, value in enumerate(row) if value]
    return {"type": 0, "size": len(row), "indices": held, "values": [float(row[p]) for p in held]}


rows = [[0, 0, 0, 0], [0, 200, 0, 9], [1, 2, 3, 255], [0, 0, 7, 0]]
vectors = [sparse(rows[0]), sparse(rows[1]), {"type": 1, "size": None, "indices": None, "values": [float(v) for v in rows[2]]}, sparse(rows[3])]
write("spark-vectors", {"features": pa.array(vectors, vector), "label": [0.0, 1.0, 1.0, 0.0]})
bad = [vectors[1], {"type": 0, "size": 4, "indices": [4], "values": [1.0]}, {"type": 0, "size": 2 ** 30, "indices": [], "values": []},
       None, vectors[2], {"type": 0, "size": 4, "indices": [1, 2], "values": [1.0]}]
write("spark-vectors-odd", {"features": pa.array(bad, vector), "label": [0.0, 1.0, 0.0, 1.0, 1.0, 0.0]})

# The examples of the matrix once more, as Spark's image struct and as dense vectors of Spark ML.
grey = [spark(row, 1, 0, 8, 8) for row in forms]
write("forms-spark-images", {"image": pa.array(grey, spark_image), "label": pa.array(forms_labels, pa.int32())})
dense = [{"type": 1, "size": None, "indices": None, "values": [float(v) for v in row]} for row in forms]
write("forms-spark-vectors", {"features": pa.array(dense, vector), "label": pa.array(forms_labels, pa.float64())})
