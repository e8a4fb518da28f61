import hashlib

from checks import as_agent
from prepare import AUTHOR, days
from trial import NONCE


def git(*arguments):
    ended = as_agent(["/usr/bin/git", "-C", "/app/logbook", *arguments])
    assert ended.status == 0, ended.stderr[-500:]
    return ended.stdout


def object_id(kind, body):
    return hashlib.sha1(f"{kind} {len(body)}\0".encode() + body).hexdigest()


def tree_of(numbers):
    entries = sorted((f"day-{day}.md", object_id("blob", days()[day - 1][1].encode())) for day in numbers)
    return object_id("tree", b"".join(f"100644 {name}\0".encode() + bytes.fromhex(blob) for name, blob in entries))


def original_ids():
    """The ids of the commits of day 1, 2 and 4, which follow from what is in them."""
    ids, parent = {}, None
    for day, numbers in ((1, [1]), (2, [1, 2]), (4, [1, 2, 4])):
        date = f"{1_900_000_000 + day * 86_400} +0000"
        lines = [f"tree {tree_of(numbers)}", *([f"parent {parent}"] if parent else [])]
        lines += [f"author {AUTHOR} {date}", f"committer Captain <captain@logbook.example> {date}", ""]
        body = "\n".join([*lines, days()[day - 1][0], "", f"Trial {NONCE}", ""])
        parent = ids[day] = object_id("commit", body.encode())
    return ids


def test_order():
    messages = [days()[day - 1][0] for day in (3, 4, 2, 1)]
    assert git("log", "--format=%s", "main").rstrip().split("\n") == messages


def test_old_commits_are_the_same():
    ids = original_ids()
    assert git("rev-list", "main").split()[1:] == [ids[4], ids[2], ids[1]]


def test_no_merge():
    assert git("rev-list", "--merges", "main") == ""


def test_day_3():
    assert git("log", "-1", "--format=%an <%ae>%n%B", "main").rstrip() == f"{AUTHOR}\n{days()[2][0]}\n\nTrial {NONCE}"
    assert git("show", "main:day-3.md") == days()[2][1]
    assert git("rev-parse", "main^{tree}").strip() == tree_of([1, 2, 3, 4])


def test_checked_out_and_clean():
    assert git("symbolic-ref", "HEAD").strip() == "refs/heads/main"
    assert git("status", "--porcelain") == ""
