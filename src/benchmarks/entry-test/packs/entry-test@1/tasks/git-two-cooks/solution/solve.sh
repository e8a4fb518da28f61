#!/bin/bash
cd /app/cookbook || exit 1
git merge -q pia
python3 - <<'PYTHON'
import re, subprocess

def version(of):
    return subprocess.run(["git", "show", f"{of}:recipe.md"], check=True, capture_output=True, text=True).stdout.split("\n")

def amount(line):
    return re.search(r"\d+ (g|°C)", line)

base = version(subprocess.run(["git", "merge-base", "main", "pia"], check=True, capture_output=True, text=True).stdout.strip())
lines = []
for was, main, pia in zip(base, version("main"), version("pia")):
    if amount(main) and pia != was:
        lines.append(main.replace(amount(main).group(), amount(pia).group()))
    else:
        lines.append(pia if main == was else main)
open("recipe.md", "w", encoding="utf-8").write("\n".join(lines))
PYTHON
git add recipe.md && git commit -q --no-edit
