#!/bin/bash
cd /app && python3 - <<'PYTHON'
import csv, json, os, re

def fields(line):
    # csv takes a quote for one only right after the separator, so white space outside quotes has to go first.
    return [field.strip() for field in next(csv.reader([re.sub(r';\s+"', ';"', line.strip())], delimiter=";"))]

def cents(text):
    euros, _, rest = text.replace("€", "").strip().replace(",", ".").partition(".")
    return int(euros) * 100 + int((rest + "00")[:2])

def iso(text):
    if "." in text:
        day, month, year = text.split(".")
    elif "/" in text:
        month, day, year = text.split("/")
    else:
        return text
    return f"{int(year):04}-{int(month):02}-{int(day):02}"

newest = {}
for line in open("seeds.csv", encoding="utf-8").read().split("\n")[2:]:
    if not line.strip() or line.startswith("#"):
        continue
    name, price, added, giver = fields(line)
    seed = {"name": name, "price_cents": cents(price), "added": iso(added), "giver": giver or None}
    known = newest.get(name.lower())
    if known is None or known["added"] < seed["added"]:
        newest[name.lower()] = seed
seeds = [newest[key] for key in sorted(newest)]
json.dump({"code": os.environ["CLAWBENCH_NONCE"], "seeds": seeds}, open("seeds.json", "w"), indent=2)
PYTHON
