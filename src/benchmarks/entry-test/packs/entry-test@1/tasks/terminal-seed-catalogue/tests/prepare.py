"""A seed table typed by many hands, and what it says."""

from datetime import date, timedelta

from trial import draw

PLANTS = (
    "Borage Calendula Chard Cosmos Dill Fennel Foxglove Kale Larkspur Leek Lovage Lupin Marigold Nasturtium "
    "Parsnip Radish Rocket Salsify Sorrel Spinach Squash Yarrow Zinnia"
).split()
KINDS = ("", " early", " \"Giant\"", "; dwarf", ", mixed", " no. 7")
GIVERS = ("", "", "Ms Pryor", "J. Moss", "The Abbey; north garden", "Hazel \"Hal\" Thorne", "Ünal")


def table():
    """The table's text, and the clean entries."""
    pick = draw("seeds")
    lines = ["# seed exchange", "name;price;added;giver", ""]
    newest = {}
    plants = [plant + pick.choice(KINDS) for plant in pick.sample(PLANTS, 16)]
    days = pick.sample(range(5000), 40)
    for name in plants + pick.sample(plants, 6):
        written = pick.choice([name, name, name.upper()])
        cents = pick.choice([pick.randint(1, 19) * 100, pick.randint(10, 199) * 10, pick.randint(101, 1999)])
        added = date(2011, 1, 1) + timedelta(days=days.pop())
        giver = pick.choice(GIVERS)
        lines.append(";".join(typed(pick, text) for text in (written, price(pick, cents), day(pick, added), giver)))
        lines.extend(pick.choice([[], [], [""], ["# checked"]]))
        entry = {"name": written, "price_cents": cents, "added": added.isoformat(), "giver": giver or None}
        known = newest.get(name.lower())
        if known is None or known["added"] < entry["added"]:
            newest[name.lower()] = entry
    return "\n".join(lines) + "\n", [newest[key] for key in sorted(newest)]


def typed(pick, text):
    if any(mark in text for mark in ';"') or (text and pick.random() < 0.3):
        text = '"' + text.replace('"', '""') + '"'
    return " " * pick.randint(0, 2) + text + " " * pick.randint(0, 2)


def price(pick, cents):
    euros, rest = divmod(cents, 100)
    forms = [f"{euros},{rest:02}", f"{euros}.{rest:02}"]
    if rest == 0:
        forms.append(str(euros))
    if rest % 10 == 0:
        forms.append(f"{euros},{rest // 10}")
    return pick.choice(["{}", "€{}", "{} €", "€ {}"]).format(pick.choice(forms))


def day(pick, added):
    return pick.choice(
        [added.isoformat(), f"{added.day}.{added.month}.{added.year}", f"{added.month:02}/{added.day:02}/{added.year}"]
    )


if __name__ == "__main__":
    with open("seeds.csv", "w", encoding="utf-8") as file:
        file.write(table()[0])
