import hashlib

from checks import as_agent
from prepare import recipes
from trial import token

_, MAIN, PIA, MERGED = recipes()


def git(*arguments):
    ended = as_agent(["/usr/bin/git", "-C", "/app/cookbook", *arguments])
    assert ended.status == 0, ended.stderr[-500:]
    return ended.stdout


def blob(text):
    body = text.encode()
    return hashlib.sha1(f"blob {len(body)}\0".encode() + body).hexdigest()


def test_recipe():
    assert git("show", "main:recipe.md") == MERGED
    assert git("rev-parse", "main:recipe.md").strip() == blob(MERGED)


def test_shopping_list():
    assert git("show", "main:shopping.md") == f"butter\n{token('shop', 6)}\n"


def test_parents():
    parents = git("log", "-1", "--format=%P", "main").split()
    assert len(parents) == 2
    assert git("show", f"{parents[0]}:recipe.md") == MAIN
    assert git("show", f"{parents[1]}:recipe.md") == PIA
    assert git("rev-parse", "pia").strip() == parents[1]
    assert git("log", "-1", "--format=%s", parents[0]).strip() == "Say it better"


def test_one_merge_and_nothing_more():
    assert git("rev-list", "--count", "main").strip() == "4"


def test_checked_out_and_clean():
    assert git("symbolic-ref", "HEAD").strip() == "refs/heads/main"
    assert git("status", "--porcelain") == ""
