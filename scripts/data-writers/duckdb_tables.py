"""DuckDB: what COPY ... TO writes."""

import duckdb
import pyarrow as pa
from examples import path, table, wrote

rows = pa.table(table)  # named in the statements below
connection = duckdb.connect()
connection.execute("SET threads TO 1")

for name, file, options in [
    ("COPY TO csv", "plain.csv", "HEADER"),
    ("COPY TO csv without a header", "bare.csv", "HEADER false"),
    ("COPY TO csv, gzip", "plain.csv.gz", "HEADER, COMPRESSION gzip"),
    ("COPY TO json", "lines.json", "FORMAT json"),
    ("COPY TO json, as an array", "array.json", "FORMAT json, ARRAY true"),
    ("COPY TO parquet", "plain.parquet", "FORMAT parquet"),
    ("COPY TO parquet, zstd", "zstd.parquet", "FORMAT parquet, COMPRESSION zstd"),
]:
    connection.execute(f"COPY rows TO '{path(file)}' ({options})")
    wrote(name, file)
connection.execute(f"COPY rows TO '{path('by-label')}' (FORMAT parquet, PARTITION_BY (label))")
wrote("COPY TO parquet, PARTITION_BY", "by-label")
