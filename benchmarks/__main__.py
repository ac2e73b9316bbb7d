"""All lines of `make bench`, or one of them: `python -m benchmarks sale --connections 16`."""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from benchmarks import fuzz, importing, lists, load, sale, starting, wire
from benchmarks.table import Figure, print_table, say

# The ten million come last: they are made once, which takes as long as everything else together.
ALL = ("sale", "wire", "import", "start", "memory", "lists")


def main(arguments: list[str]) -> None:
    parser = _parser()
    parser.parse_args(arguments)  # What is asked wrongly is said before anything is measured.
    say(f"load by {load.tool()}")
    signal.signal(signal.SIGTERM, _stop)
    figures: list[Figure] = []
    for one in [arguments] if arguments else [[line] for line in ALL]:
        asked = parser.parse_args(one)
        figures += asyncio.run(asked.run(asked))
    print_table(figures)


def _stop(*_: object) -> None:
    """Asked to end: as after Ctrl-C, whatever was started is stopped first."""
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    lines = parser.add_subparsers(dest="line")
    _sale(lines.add_parser("sale", help="create sales through the API, beside pgbench"))
    _wire(lines.add_parser("wire", help="the wire's prepare, status and gateway sale"))
    _fuzz(lines.add_parser("fuzz", help="nonsense over both wire APIs"))
    _lists(lines.add_parser("lists", help="lists, searches and details at ten million"))
    _import(lines.add_parser("import", help="rows of history per second"))
    start = lines.add_parser("start", help="`comptoir up` to the first page")
    start.add_argument("--again", type=int, default=3, help="starts after the first")
    start.set_defaults(run=lambda asked: starting.measure_start(asked.again))
    memory = lines.add_parser("memory", help="memory of all processes, idle with demo data")
    memory.set_defaults(run=lambda _: starting.measure_memory())
    return parser


def _sale(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 16])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5)
    parser.set_defaults(run=_run_sale)


async def _run_sale(asked: argparse.Namespace) -> list[Figure]:
    return await sale.measure(asked.connections, rounds=asked.rounds, seconds=asked.seconds)


def _wire(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--lines", nargs="+", choices=wire.LINES, default=list(wire.LINES))
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 16])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3)
    parser.set_defaults(run=_run_wire)


def _fuzz(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--bodies", type=int, default=20_000)
    parser.add_argument("--seed", default="1")
    parser.set_defaults(run=lambda asked: fuzz.measure(asked.bodies, asked.seed))


async def _run_wire(asked: argparse.Namespace) -> list[Figure]:
    return await wire.measure(
        asked.lines, asked.connections, rounds=asked.rounds, seconds=asked.seconds
    )


def _import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rows", type=int, default=100_000)
    parser.set_defaults(run=lambda asked: importing.measure(asked.rows))


def _lists(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--home", type=Path, help="where the history is kept between runs")
    parser.add_argument("--operations", type=int, default=10_000_000)
    parser.add_argument("--samples", type=int, default=20)
    parser.add_argument("--only", default="", help="part of the name of what is measured")
    parser.add_argument("--scopes", nargs="+", choices=lists.SCOPES, default=list(lists.SCOPES))
    parser.add_argument("--seed", type=int, default=1)
    parser.set_defaults(run=_run_lists)


async def _run_lists(asked: argparse.Namespace) -> list[Figure]:
    return await lists.measure(
        asked.home, asked.operations, samples=asked.samples, only=asked.only, scopes=asked.scopes,
        seed=asked.seed,
    )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
