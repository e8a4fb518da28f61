"""Lists of found things, three people who ask, and what each should be told."""

import os

from trial import draw

FIRST = "Ada Ben Cleo Dirk Elif Finn Greta Hugo Ines Jonas Kira Luca Mara Nils Olga Piet Rosa Sami Tove Uwe".split()
LAST = "Marlow Okafor Sand Vance Ibsen Quill Thorne Abel Castle Hazel Pryor Lindqvist Moss Ferrow Dunmore".split()
THINGS = "umbrella scarf suitcase violin lunchbox thermos left-shoe hat notebook kite camera".split()
STATIONS = "northgate harbour old-mill riverside summit".split()


def office():
    """Lines of each list, the names that ask, and the answer for each name."""
    pick = draw("office")
    names = [f"{first} {last}" for first in FIRST for last in LAST]
    pick.shuffle(names)
    asking, others = names[:3], names[3:150]
    missing = pick.sample(asking, pick.randint(1, 2))
    tags = [f"T-{number}" for number in pick.sample(range(10_000, 100_000), 400)]
    lists = {station: [] for station in STATIONS}

    def found(name):
        tag = tags.pop()
        lists[pick.choice(STATIONS)].append(f"{tag}; {pick.choice(THINGS)}; {name}")
        return tag

    answers = {}
    for name in asking:
        if name in missing:
            # Someone of almost the same name lost something too.
            found(pick.choice([name + "e", name.replace(" ", " de "), name[:-1]]))
            answers[name] = "NOT_FOUND"
        else:
            first, last = name.split()
            answers[name] = found(pick.choice([name.upper(), f"{first}  {last}", f"{first.lower()} {last}"]))
    for name in others:
        found(name)
    for lines in lists.values():
        pick.shuffle(lines)
    return lists, answers


if __name__ == "__main__":
    lists, answers = office()
    os.mkdir("lists")
    for station, lines in lists.items():
        with open(f"lists/{station}.txt", "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    with open("asking.txt", "w", encoding="utf-8") as file:
        file.write("\n".join(answers) + "\n")
