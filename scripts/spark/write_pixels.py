"""What examples/spark/glimpse_model.py makes of the pictures of the corpus, for scripts/test-spark.ts.

write_pixels.py FOLDER: reads FOLDER/contracts.json (a list), writes pictures into FOLDER/images and, for the contract at each place, the pixels of
each picture into FOLDER/<place>/<picture>.raw. What is refused leaves its reason in a file .txt instead.
"""

import json
import os
import sys

folder = sys.argv[1]
here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(here, "..", "parity"), os.path.join(here, "..", "..", "examples", "spark")]

import corpus  # noqa: E402
from glimpse_model import Preparer, Unreadable, Unsupported  # noqa: E402

names = corpus.write(os.path.join(folder, "images"))
with open(os.path.join(folder, "contracts.json"), encoding="utf-8") as text:
    contracts = json.load(text)
for place, contract in enumerate(contracts):
    out = os.path.join(folder, str(place))
    os.makedirs(out)
    try:
        preparer = Preparer(contract)
    except Unsupported as error:
        with open(os.path.join(out, "refused.txt"), "w", encoding="utf-8") as text:
            text.write(str(error))
        continue
    for name in sorted(os.listdir(os.path.join(folder, "images"))):
        with open(os.path.join(folder, "images", name), "rb") as file:
            content = file.read()
        try:
            preparer.pixels(content).tofile(os.path.join(out, f"{name}.raw"))
        except (Unreadable, Unsupported) as error:
            with open(os.path.join(out, f"{name}.txt"), "w", encoding="utf-8") as text:
                text.write(str(error))
