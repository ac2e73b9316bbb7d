"""`make bench`, or one line of it: `python -m benchmarks sale --connections 16`."""

import argparse
import asyncio
import sys

from benchmarks import load, sale
from benchmarks.table import Figure, print_table, say


def main(arguments: list[str]) -> None:
    asked = _parser().parse_args(arguments)
    say(f"load by {load.tool()}")
    print_table(asyncio.run(asked.run(asked)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    lines = parser.add_subparsers(dest="line", required=True)
    _sale(lines.add_parser("sale", help="create sales through the API, beside pgbench"))
    return parser


def _sale(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 16])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5)
    parser.set_defaults(run=_run_sale)


async def _run_sale(asked: argparse.Namespace) -> list[Figure]:
    return await sale.measure(asked.connections, rounds=asked.rounds, seconds=asked.seconds)


if __name__ == "__main__":
    main(sys.argv[1:])
