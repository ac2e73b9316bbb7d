"""The command line: the same functions as pages and API, `--json` where a script would read it.

Exit codes: 0 done, 1 refused or failed (said in one line; without a word if nobody reads the output
any more), 2 the command was not understood. Each command is loaded when it is called, so that
`comptoir up` starts quickly.
"""

import os
import sys

import asyncpg
from cyclopts import App

from comptoir import __version__
from comptoir.cli import mistakes
from comptoir.kit.errors import AppError
from comptoir.settings import BadSetting
from comptoir.supervisor.trouble import Trouble

app = App(
    name="comptoir", help="An open, self-hosted back office for payments.", version=__version__
)

for path, name in (
    ("comptoir.cli.serve:up", "up"),
    ("comptoir.cli.serve:web", "web"),
    ("comptoir.cli.serve:worker", "worker"),
    ("comptoir.cli.serve:migrate", "migrate"),
    ("comptoir.cli.serve:doctor", "doctor"),
    ("comptoir.cli.demo:demo", "demo"),
    ("comptoir.cli.history:imports", "import"),
    ("comptoir.cli.history:exports", "export"),
    ("comptoir.cli.users:users", "user"),
    ("comptoir.cli.merchants:companies", "company"),
    ("comptoir.cli.originators:originators", "originator"),
    ("comptoir.cli.merchants:accounts", "account"),
    ("comptoir.cli.prices:prices", "price"),
    ("comptoir.cli.consumers:consumers_app", "consumer"),
    ("comptoir.cli.transactions:transactions", "transaction"),
    ("comptoir.cli.vault:vault", "vault"),
    ("comptoir.cli.bench:bench", "bench"),
):
    app.command(path, name=name)


def main() -> None:
    """Run the command line; expected errors are one line and exit code 1."""
    try:
        try:
            app(sys.argv[1:])
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        # `| head` has read enough; what is still buffered goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
    except AppError as error:
        _fail(error.detail)
    except (BadSetting, Trouble) as error:
        _fail(str(error))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        why = mistakes.told(error)
        if why is None:
            raise
        _fail(why)


def _fail(why: str) -> None:
    sys.stderr.write(f"comptoir: {why}\n")
    raise SystemExit(1)
