"""Break every law on purpose and see its test go red: `tools/break_laws.py [LAW …]`.

The project is copied, its tests are seen green, and each mutation is applied alone. A mutation
counts as noticed only when a test named for it fails: an error on the way proves nothing.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from laws.bench import Copy, Run
from laws.catalogue import MUTATIONS
from laws.law import Gone, Mutation

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one mutation."""

    mutation: Mutation
    noticed: bool
    by: str
    seconds: float


def judge(mutation: Mutation, run: Run) -> tuple[bool, str]:
    """Whether the mutation's own tests noticed it, and which of them or why not."""
    named = sorted(test for test in run.failed if test.startswith(mutation.tests))
    if run.code == 1 and named:
        return True, named[0]
    if run.code == 0:
        return False, "every test stayed green"
    last = [line for line in run.text.splitlines() if line.strip()][-1:]
    return False, f"pytest ended with {run.code}: {''.join(last)[:100]}"


def break_one(copy: Copy, mutation: Mutation) -> Verdict:
    begun = time.monotonic()
    try:
        noticed, by = judge(mutation, copy.test(mutation.tests, mutation.changes))
    except (Gone, FileNotFoundError) as error:
        noticed, by = False, str(error)
    return Verdict(mutation, noticed, by, time.monotonic() - begun)


def line(verdict: Verdict) -> str:
    result = "red" if verdict.noticed else "NOT NOTICED"
    mutation = verdict.mutation
    took = f"{verdict.seconds:3.0f} s"
    return f"{mutation.law:<28} {mutation.name:<58} {result:<12} {took}  {verdict.by}"


def run(mutations: Sequence[Mutation], at_once: int) -> list[Verdict]:
    """Break the laws of `mutations`, some at once, each worker in a copy of its own.

    While one copy sees the tests green, the others break laws already; no verdict counts before.
    """
    tests = tuple(dict.fromkeys(test for m in mutations for test in m.tests))
    copies: SimpleQueue[Copy] = SimpleQueue()

    def green() -> Run:
        with lent(copies) as copy:
            return copy.test(tests)

    def one(mutation: Mutation) -> Verdict:
        with lent(copies) as copy:
            verdict = break_one(copy, mutation)
        print(line(verdict), flush=True)
        return verdict

    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="comptoir-laws-"))
        Path(folder).chmod(0o711)  # The database's account passes on to what is copied from here.
        for number in range(at_once):
            copies.put(stack.enter_context(Copy(ROOT, Path(folder, str(number)))))
        pool = stack.enter_context(ThreadPoolExecutor(at_once))
        whole = pool.submit(green)
        verdicts = list(pool.map(one, mutations))
        if whole.result().code != 0:
            raise SystemExit(
                f"{whole.result().text}\nThese tests must be green where no law is broken."
            )
        return verdicts


@contextmanager
def lent(copies: SimpleQueue[Copy]) -> Iterator[Copy]:
    copy = copies.get()
    try:
        yield copy
    finally:
        copies.put(copy)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("laws", nargs="*", metavar="LAW", help="only these laws or mutations")
    parser.add_argument("--list", action="store_true", help="name laws, mutations and tests")
    parser.add_argument("--at-once", type=int, default=min(2, os.cpu_count() or 1))
    asked = parser.parse_args()
    words = [word.lower() for word in asked.laws]
    chosen = [m for m in MUTATIONS if not words or any(w in f"{m.law} {m.name}" for w in words)]
    if asked.list or not chosen:
        for mutation in chosen or MUTATIONS:
            print(f"{mutation.law:<28} {mutation.name:<58} {' '.join(mutation.tests)}")
        return 0 if chosen else 2
    verdicts = run(chosen, max(1, asked.at_once))
    missed = [verdict for verdict in verdicts if not verdict.noticed]
    laws = {verdict.mutation.law for verdict in verdicts}
    print(f"\n{len(laws)} laws, {len(verdicts)} mutations, {len(missed)} not noticed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
