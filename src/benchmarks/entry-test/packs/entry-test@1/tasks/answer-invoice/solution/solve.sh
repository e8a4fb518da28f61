#!/bin/bash
cd /app && python3 - <<'PYTHON'
import json, os
order = json.load(open("order.json"))
goods = 0
for line in order["lines"]:
    if line["cancelled"]:
        continue
    price = line["quantity"] * line["unit_cents"]
    goods += price - price * line["discount_percent"] // 100
goods = max(0, goods - order["coupon_cents"])
if goods < order["free_shipping_from_cents"]:
    goods += order["shipping_cents"]
open("answer.txt", "w").write(f"total_cents={goods} code={os.environ['CLAWBENCH_NONCE']}\n")
PYTHON
