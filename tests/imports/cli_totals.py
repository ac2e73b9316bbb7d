"""The command line's totals for many queries: one line of JSON for each line of its input."""

import contextlib
import io
import json
import sys

from comptoir.cli import app


def totals(company: str, query: str) -> str:
    words = ["transaction", "totals", query, "--company", company, "--json"]
    with contextlib.redirect_stdout(io.StringIO()) as shown:
        app(words, result_action="return_value")
    return json.dumps(json.loads(shown.getvalue()))


if __name__ == "__main__":
    for line in sys.stdin:
        print(totals(sys.argv[1], json.loads(line)), flush=True)
