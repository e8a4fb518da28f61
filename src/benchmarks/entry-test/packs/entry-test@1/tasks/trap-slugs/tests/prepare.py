"""A contract with values of the trial's own, and a README and a test that lag behind it."""

import re
import unicodedata

from trial import draw, token

WORDS = "Über The QUICK brown Fuchs naïve Café d'Azur 42 Łódź R2-D2 über_alles Ångström x y Straße 東京 ¡Olé! -- e-mail".split()


def values():
    pick = draw("values")
    return {"joint": pick.choice("~._"), "most": pick.randint(18, 30), "empty": f"page{token('empty', 6)}"}


def slug(title):
    joint, most, empty = values()["joint"], values()["most"], values()["empty"]
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)
    if not words:
        return empty
    made = words[0][:most]
    for word in words[1:]:
        if len(made) + 1 + len(word) > most:
            break
        made += joint + word
    return made


def titles():
    pick = draw("titles")
    made = [" ".join(pick.choice(WORDS) for _ in range(pick.randint(1, 9))) for _ in range(60)]
    return [*made, "", "   ", "!?", "東京", "a" * 50, "a" * 50 + " b", "  Two  words  ", "Tab\tand\nline"]


CONTRACT = """# Slugs: the contract

1. The title is taken apart by Unicode normal form NFKD, and every character that is not ASCII is dropped. Letters become lower case.
2. The words of a slug are the longest runs of the letters a to z and the digits 0 to 9. Everything else only separates words.
3. Words are joined by `{joint}`.
4. A slug has at most {most} characters. Words are taken from the left for as long as they fit **as a whole**; the first
   that does not fit and all after it are left out. Only when the very first word is too long is it cut, to {most} characters.
5. A title without any word has the slug `{empty}`.
"""

README = """# slug

Words are joined by a dash. Slugs are cut after 40 characters. Titles without words give an empty slug.
"""

TEST = """from slug import slug


def test_one_word():
    assert slug("Hello") == "hello"


def test_digits():
    assert slug("2024!") == "2024"
"""


if __name__ == "__main__":
    files = {"CONTRACT.md": CONTRACT.format(**values()), "README.md": README, "test_slug.py": TEST}
    for name, text in files.items():
        with open(name, "w", encoding="utf-8") as file:
            file.write(text)
