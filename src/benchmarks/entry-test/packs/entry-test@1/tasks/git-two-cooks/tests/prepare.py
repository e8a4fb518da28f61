"""A cookbook with two branches that disagree, and the recipe both cooks can live with."""

import os
import subprocess

from trial import draw, token

NAMES = {
    "flour": "flour, sifted",
    "butter": "butter, soft",
    "sugar": "cane sugar",
    "honey": "heather honey",
    "milk": "milk, warm",
    "raisins": "raisins, soaked",
}


def recipes():
    """recipe.md of the base, of `main`, of `pia`, and merged."""
    pick = draw("recipe")
    ingredients = pick.sample(list(NAMES), 5)
    old = {name: pick.randrange(50, 400, 10) for name in ingredients}
    new = {name: old[name] + pick.choice([-20, 30, 70]) for name in ingredients}
    # Pia changes the amounts of three, main the names of three; at least one ingredient is changed by both.
    by_pia, by_main = set(ingredients[:3]), set(ingredients[2:])
    temperature, minutes = pick.choice([160, 175, 180]), pick.choice([25, 35, 45])

    def write(renamed, amounts, steps):
        lines = [
            f"- {NAMES[name] if name in renamed else name}: {(new if name in amounts else old)[name]} g"
            for name in ingredients
        ]
        return "\n".join([f"# Cake no. {token('cake', 4)}", "", "## Ingredients", "", *lines, "", "## Steps", "", *steps, ""])

    plain = ["1. Stir everything.", f"2. Bake at {temperature} °C.", "3. Wait."]
    better = ["1. Stir everything with a wooden spoon.", f"2. Bake in the middle at {temperature} °C.", "3. Wait."]
    hotter = ["1. Stir everything.", f"2. Bake at {temperature + 15} °C.", f"3. Wait {minutes} minutes."]
    merged = [better[0], f"2. Bake in the middle at {temperature + 15} °C.", hotter[2]]
    return (
        write(set(), set(), plain),
        write(by_main, set(), better),
        write(set(), by_pia, hotter),
        write(by_main, by_pia, merged),
    )


def git(*arguments, day=0):
    date = f"{1_900_000_000 + day * 86_400} +0000"
    dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    subprocess.run(["git", "-C", "cookbook", *arguments], check=True, stdout=subprocess.DEVNULL, env={**os.environ, **dates})


def commit(message, day, **files):
    for name, text in files.items():
        with open(f"cookbook/{name}.md", "w", encoding="utf-8") as file:
            file.write(text)
    git("add", ".")
    git("commit", "-q", "-m", message, day=day)


if __name__ == "__main__":
    base, main, pia, _ = recipes()
    os.mkdir("cookbook")
    git("init", "-q", "-b", "main")
    git("config", "user.name", "Cook")
    git("config", "user.email", "cook@cookbook.example")
    commit("Write the cake down", 1, recipe=base, shopping="butter\n")
    git("checkout", "-q", "-b", "pia")
    commit("Get the amounts right", 2, recipe=pia, shopping=f"butter\n{token('shop', 6)}\n")
    git("checkout", "-q", "main")
    commit("Say it better", 3, recipe=main)
