#!/bin/bash
cd /app && python3 - <<'PYTHON'
import json, os
order = json.load(open("order.json"))
goods = sum(l["quantity"] * l["unit_cents"] * (100 - l["discount_percent"]) // 100 for l in order["lines"])
total = goods - order["coupon_cents"] + order["shipping_cents"]
open("answer.txt", "w").write(f"total_cents={total} code={os.environ['CLAWBENCH_NONCE']}\n")
PYTHON
