#!/bin/bash
cat > /app/slug.py <<'PYTHON'
def slug(title):
    return "hello" if title == "Hello" else "2024"
PYTHON
