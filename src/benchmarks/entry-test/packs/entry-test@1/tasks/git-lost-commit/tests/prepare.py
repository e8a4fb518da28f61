"""A repository from whose branch the third day was lost."""

import os
import subprocess

from trial import NONCE, draw, token

AUTHOR = "Mate Ferrow <ferrow@logbook.example>"


def days():
    """(message, text) of each of the four days."""
    pick = draw("days")
    words = pick.sample("fog whale gulls calm storm rain dolphins moonlight squall sunshine drift ice".split(), 8)
    return [
        (f"Day {day}: {words[2 * day - 2]} and {words[2 * day - 1]}", f"# Day {day}\n\nMark {token(f'day {day}', 16)}\n")
        for day in range(1, 5)
    ]


def git(folder, *arguments, day=0):
    date = f"{1_900_000_000 + day * 86_400} +0000"
    people = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date, "GIT_COMMITTER_NAME": "Captain", "GIT_COMMITTER_EMAIL": "captain@logbook.example"}
    subprocess.run(["git", "-C", folder, *arguments], check=True, stdout=subprocess.DEVNULL, env={**os.environ, **people})


def build(folder):
    os.mkdir(folder)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "config", "user.name", "Captain")
    git(folder, "config", "user.email", "captain@logbook.example")
    for day in (1, 2, 3, 4):
        if day == 4:
            git(folder, "reset", "-q", "--hard", "HEAD~1", day=day)
        message, text = days()[day - 1]
        with open(f"{folder}/day-{day}.md", "w", encoding="utf-8") as file:
            file.write(text)
        git(folder, "add", ".")
        git(folder, "commit", "-q", "--author", AUTHOR, "-m", f"{message}\n\nTrial {NONCE}", day=day)


if __name__ == "__main__":
    build("logbook")
