import json

from checks import as_agent
from prepare import slug, titles

CALL = """
import json, sys
sys.path.insert(0, "/app")
from slug import slug
json.dump([slug(title) for title in json.load(sys.stdin)], sys.stdout)
"""


def test_titles_nobody_has_seen():
    ended = as_agent(["/usr/bin/python3", "-I", "-c", CALL], stdin=json.dumps(titles()).encode())
    assert ended.status == 0, ended.stderr[-500:]
    assert json.loads(ended.stdout) == [slug(title) for title in titles()]
