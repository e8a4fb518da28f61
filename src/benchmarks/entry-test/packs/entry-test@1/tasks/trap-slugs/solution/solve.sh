#!/bin/bash
cd /app || exit 1
joint=$(sed -nE 's/^3\..*`(.)`.*/\1/p' CONTRACT.md)
most=$(sed -nE 's/^4\. A slug has at most ([0-9]+) .*/\1/p' CONTRACT.md)
empty=$(sed -nE 's/^5\..*`(.+)`.*/\1/p' CONTRACT.md)
cat > slug.py <<PYTHON
import re
import unicodedata

JOINT, MOST, EMPTY = "$joint", $most, "$empty"


def slug(title):
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)
    if not words:
        return EMPTY
    made = words[0][:MOST]
    for word in words[1:]:
        if len(made) + len(JOINT) + len(word) > MOST:
            break
        made += JOINT + word
    return made
PYTHON
