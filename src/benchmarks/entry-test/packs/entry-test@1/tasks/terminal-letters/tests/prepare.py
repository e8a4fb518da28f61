"""Letters in the encodings of their time, and how they read."""

import os

from trial import draw, token

PLACES = "dover malmo porto gdansk trieste bergen calais kiel turku bari".split()
ENCODINGS = ("latin-1", "cp1252", "cp437", "utf-16", "utf-8-sig", "utf-16-be", "mac-roman")
SENTENCES = (
    "The café was closed, so we ate in the garden.",
    "Señor Núñez sends his regards.",
    "It cost £4 and was worth £2.",
    "Märta found the key behind the stove.",
    "Voilà, and bring the maps.",
    "The ship is called Ångström.",
    "We waited two hours for the ferry to Århus.",
)


def letters():
    """(name, encoding, bytes as stored, text as it should read, whether it is locked) of each letter."""
    pick = draw("letters")
    made = []
    for number, (place, encoding) in enumerate(zip(pick.sample(PLACES, len(ENCODINGS)), ENCODINGS)):
        body = [f"{place}, {token(place)}", "", *pick.sample(SENTENCES, 4), "", "Yours, R."]
        ending = pick.choice(["\r\n", "\r", "\n"])
        stored = ending.join(line + " " * pick.choice([0, 0, 2]) for line in body) + pick.choice(["", ending * 2])
        made.append((f"{place}.txt", encoding, stored.encode(encoding), "\n".join(body) + "\n", number == 3))
    pick.shuffle(made)
    return made


if __name__ == "__main__":
    os.mkdir("letters")
    for name, _, stored, _, locked in letters():
        with open(f"letters/{name}", "wb") as file:
            file.write(stored)
        os.chmod(f"letters/{name}", 0o000 if locked else 0o644)
    with open("letters/index.tsv", "w", encoding="utf-8") as file:
        file.writelines(f"{name}\t{encoding}\n" for name, encoding, *_ in letters())
