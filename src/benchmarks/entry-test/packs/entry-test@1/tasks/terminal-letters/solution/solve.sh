#!/bin/bash
cd /app && python3 - <<'PYTHON'
import os, stat

os.makedirs("rescued", exist_ok=True)
index = [line.rstrip("\n").split("\t") for line in open("letters/index.tsv")]
for name, encoding in index:
    path = f"letters/{name}"
    mode = stat.S_IMODE(os.stat(path).st_mode)
    os.chmod(path, 0o600)
    text = open(path, "rb").read().decode(encoding)
    os.chmod(path, mode)
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").rstrip().split("\n")]
    with open(f"rescued/{name}", "w", encoding="utf-8", newline="") as file:
        file.write("\n".join(lines) + "\n")
    os.chmod(f"rescued/{name}", 0o640)
open("rescued/DONE", "w").write(f"{len(index)} {os.environ['CLAWBENCH_NONCE']}\n")
PYTHON
