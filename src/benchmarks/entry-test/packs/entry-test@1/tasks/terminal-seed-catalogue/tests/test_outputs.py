import json

from checks import read_text
from prepare import table
from trial import NONCE

FIELDS = ["added", "giver", "name", "price_cents"]


def catalogue():
    return json.loads(read_text("/app/seeds.json"))


def test_contract():
    found = catalogue()
    assert sorted(found) == ["code", "seeds"]
    assert found["code"] == NONCE
    assert all(sorted(seed) == FIELDS for seed in found["seeds"])
    assert all(type(seed["price_cents"]) is int for seed in found["seeds"])


def test_names_in_order():
    assert [seed["name"] for seed in catalogue()["seeds"]] == [seed["name"] for seed in table()[1]]


def test_entries():
    assert catalogue()["seeds"] == table()[1]
