"""polars: CSV, NDJSON, Parquet and Arrow."""

import polars as pl
from examples import labels, path, pixels, table, wrote

frame = pl.DataFrame(table)
lists = pl.DataFrame({"label": labels, "pixels": pixels})

for name, file, save in [
    ("write_csv", "plain.csv", frame.write_csv),
    ("write_ndjson", "plain.ndjson", frame.write_ndjson),
    ("write_json", "plain.json", frame.write_json),
    ("write_parquet", "plain.parquet", frame.write_parquet),
    ("write_ipc", "plain.arrow", frame.write_ipc),
    ("write_ipc_stream", "stream.arrow", frame.write_ipc_stream),
    ("write_ndjson of lists", "lists.ndjson", lists.write_ndjson),
    ("write_parquet of lists", "lists.parquet", lists.write_parquet),
    ("write_ipc of lists", "lists.arrow", lists.write_ipc),
]:
    save(path(file))
    wrote(name, file)
