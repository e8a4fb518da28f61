#!/bin/bash
cat > /app/slug.py <<'PYTHON'
import re
import unicodedata


def slug(title):
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain))[:40]
PYTHON
