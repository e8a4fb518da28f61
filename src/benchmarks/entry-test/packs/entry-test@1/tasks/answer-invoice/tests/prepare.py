"""An order that belongs to the trial."""

import json

from trial import draw

ITEMS = ("lantern", "rope", "kettle", "compass", "oilskin", "almanac", "barometer", "whistle", "blanket")


def order():
    pick = draw("order")
    lines = [
        {
            "item": item,
            "quantity": pick.randint(1, 9),
            "unit_cents": pick.randint(99, 4999),
            "discount_percent": pick.choice([0, 0, 3, 7, 12, 15]),
            "cancelled": index in (2, 5),
        }
        for index, item in enumerate(pick.sample(ITEMS, 8))
    ]
    return {
        "lines": lines,
        "coupon_cents": pick.randint(500, 2500),
        "shipping_cents": pick.randint(390, 890),
        "free_shipping_from_cents": pick.choice([5_000, 200_000]),
    }


def total(data):
    goods = 0
    for line in data["lines"]:
        if not line["cancelled"]:
            price = line["quantity"] * line["unit_cents"]
            goods += price - price * line["discount_percent"] // 100
    goods = max(0, goods - data["coupon_cents"])
    return goods if goods >= data["free_shipping_from_cents"] else goods + data["shipping_cents"]


if __name__ == "__main__":
    with open("order.json", "w", encoding="utf-8") as file:
        json.dump(order(), file, indent=2)
