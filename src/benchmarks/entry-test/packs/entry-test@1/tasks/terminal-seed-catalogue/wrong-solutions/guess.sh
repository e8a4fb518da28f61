#!/bin/bash
# Writes the example of the instruction.
cat > /app/seeds.json <<JSON
{ "code": "$CLAWBENCH_NONCE", "seeds": [
  { "name": "Borage", "price_cents": 120, "added": "2021-05-30", "giver": null },
  { "name": "Pea \"Early\"; dwarf", "price_cents": 350, "added": "2024-03-09", "giver": "Ms Pryor" } ] }
JSON
