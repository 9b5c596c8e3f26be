"""pandas: text, JSON, Feather and Parquet, and the compressions it knows."""

import pandas as pd
from examples import labels, path, pixels, table, wrote

frame = pd.DataFrame(table)


def write(name, file, save, **options):
    save(path(file))
    wrote(name, file, **options)


write("to_csv(index=False)", "plain.csv", lambda out: frame.to_csv(out, index=False))
write("to_csv(sep=';')", "semicolon.csv", lambda out: frame.to_csv(out, index=False, sep=";"))
write("to_csv, label last", "last.csv", lambda out: frame[[*frame.columns[1:], "label"]].to_csv(out, index=False))
write("to_csv(header=False)", "bare.csv", lambda out: frame.to_csv(out, index=False, header=False))
write("to_csv of floats", "floats.csv", lambda out: frame.astype(float).to_csv(out, index=False))
write("to_csv(encoding='utf-16')", "utf16.csv", lambda out: frame.to_csv(out, index=False, encoding="utf-16"))
write("to_csv, .gz", "plain.csv.gz", lambda out: frame.to_csv(out, index=False))
write("to_csv, .bz2", "plain.csv.bz2", lambda out: frame.to_csv(out, index=False))
write("to_csv, .xz", "plain.csv.xz", lambda out: frame.to_csv(out, index=False))
write("to_csv, .zip", "plain.csv.zip", lambda out: frame.to_csv(out, index=False))
write("to_json(orient='records')", "records.json", lambda out: frame.to_json(out, orient="records"))
write("to_json(lines=True)", "records.ndjson", lambda out: frame.to_json(out, orient="records", lines=True))
write("to_parquet", "plain.parquet", lambda out: frame.to_parquet(out, index=False))
write("to_parquet with an index", "index.parquet", lambda out: frame.set_index(frame.index + 7).to_parquet(out))
write("to_feather", "plain.feather", lambda out: frame.to_feather(out))
lists = pd.DataFrame({"label": labels, "pixels": pixels})
write("to_json of lists, lines", "lists.ndjson", lambda out: lists.to_json(out, orient="records", lines=True))
write("to_parquet of lists", "lists.parquet", lambda out: lists.to_parquet(out, index=False))
