"""The name and version of the trial's release."""

from trial import draw


def release():
    pick = draw("release")
    name = pick.choice(["heron", "otter", "marten", "plover", "badger", "curlew"])
    return name, f"{pick.randint(1, 9)}.{pick.randint(0, 19)}.{pick.randint(0, 40)}"


if __name__ == "__main__":
    with open("release.ini", "w", encoding="utf-8") as file:
        file.write("name = {}\nversion = {}\n".format(*release()))
