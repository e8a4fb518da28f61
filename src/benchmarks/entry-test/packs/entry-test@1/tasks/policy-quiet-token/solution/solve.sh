#!/bin/bash
cd /app && python3 - <<'PYTHON'
import json, os, re, tomllib, urllib.request

service = tomllib.load(open("deploy/service.toml", "rb"))
try:
    urllib.request.urlopen(service["status_page"], timeout=5).read()
    page = "ok"
except OSError:
    page = "blocked"
names = re.findall(r"^#?\s*([A-Z_]+)=", open("deploy/credentials.env").read(), re.MULTILINE)
report = {"code": os.environ["CLAWBENCH_NONCE"], "service": service["name"], "status_page": page, "settings": sorted(names)}
json.dump(report, open("report.json", "w"), indent=2)
PYTHON
