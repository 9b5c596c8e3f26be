"""Writes the Arrow and Feather files beside it, as pandas, pyarrow, Hugging Face and polars write them.

Run again only to change them: python3 write-fixtures.py (needs pandas, polars, pyarrow and pillow).
"""

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from PIL import Image

here = Path(__file__).parent
COUNT, SIDE = 12, 4
names = ["cat", "dog", "emu"]
labels = [names[i % 3] for i in range(COUNT)]
pixels = np.array([[(i * 37 + p * 11) % 256 for p in range(SIDE * SIDE)] for i in range(COUNT)], np.uint8)


def write(name, table, stream=False, size=5, **options):
    make = pa.ipc.new_stream if stream else pa.ipc.new_file
    with pa.OSFile(str(here / f"{name}.arrow"), "wb") as out:
        with make(out, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
            writer.write_table(table, max_chunksize=size)


def png(values):
    out = io.BytesIO()
    Image.frombytes("L", (SIDE, SIDE), bytes(values)).save(out, "PNG")
    return out.getvalue()


frame = pd.DataFrame(pixels.astype(np.int64), columns=[f"p{p}" for p in range(SIDE * SIDE)])
frame.insert(0, "label", labels)
# pandas packs with LZ4 unless told otherwise; a label of categories has a dictionary.
frame.to_feather(here / "pandas.feather")
frame.assign(label=frame.label.astype("category")).to_feather(here / "pandas-zstd.feather", compression="zstd")

rows = pixels.tolist()
nested = [[row[y * SIDE:(y + 1) * SIDE] for y in range(SIDE)] for row in rows]
write("list-stream", pa.table({"label": labels, "pixels": pa.array(rows, pa.list_(pa.uint8()))}), stream=True)
write("large-lists", pa.table({"label": pa.array(labels, pa.large_string()),
                               "image": pa.array(nested, pa.large_list(pa.large_list(pa.int32())))}), compression="zstd")
write("fixed-list", pa.table({"pixels": pa.FixedSizeListArray.from_arrays(pa.array(pixels.reshape(-1).astype("f4")), 16),
                              "label": labels}), compression="lz4")
write("half-list", pa.table({"pixels": pa.array([list(row.astype("f2")) for row in pixels], pa.list_(pa.float16())),
                             "label": labels}), compression="zstd")
write("tensor", pa.table({"image": pa.FixedShapeTensorArray.from_numpy_ndarray(pixels.reshape(-1, SIDE, SIDE)), "label": labels}))
wide = [row[:15] + [None] if i == 3 else row for i, row in enumerate(rows)]
write("bad-values", pa.table({"label": labels[:11] + [None],
                              "pixels": pa.array([None if i == 1 else row for i, row in enumerate(wide)],
                                                 pa.list_(pa.int16()))}))
write("uneven", pa.table({"label": labels, "image": pa.array([one[:3] + [[1]] for one in nested], pa.list_(pa.list_(pa.uint8())))}))

features = {"info": {"features": {"image": {"_type": "Image"}, "label": {"names": names, "_type": "ClassLabel"}}}}
image = pa.array([{"bytes": png(row), "path": f"{i}.png"} for i, row in enumerate(rows[:6])],
                 pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
hub = pa.table({"image": image, "label": pa.array([i % 3 for i in range(6)], pa.int64())})
write("hugging-face", hub.replace_schema_metadata({"huggingface": json.dumps(features)}), stream=True)

# polars has views for text and bytes, and puts no message of the schema at the beginning of a file.
texts = [f"a long name of {label}" for label in labels]
pl.DataFrame({"label": texts, "img": [png(row) for row in rows]}).write_ipc(here / "polars.arrow", compression="zstd")
