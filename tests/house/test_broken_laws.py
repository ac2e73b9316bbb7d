"""Breaking laws keeps up with the code: each mutation still fits, each test is still there."""

import re
from pathlib import Path

import pytest

import break_laws
from laws.bench import Run
from laws.catalogue import MUTATIONS
from laws.law import Change, Gone, Mutation

ROOT = break_laws.ROOT


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_mutation_fits_the_code_it_breaks(mutation: Mutation, tmp_path: Path) -> None:
    for change in mutation.changes:
        copy = tmp_path / change.path
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text((ROOT / change.path).read_text())
        change.apply(tmp_path)
        if copy.suffix == ".py":
            compile(copy.read_text(), copy.name, "exec")


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_the_tests_of_a_mutation_exist(mutation: Mutation) -> None:
    for test in mutation.tests:
        path, _, name = test.partition("::")
        assert (ROOT / path).is_file(), path
        assert not name or re.search(rf"\bdef {name}\(", (ROOT / path).read_text()), test


def test_no_two_mutations_have_one_name() -> None:
    names = [mutation.name for mutation in MUTATIONS]
    assert sorted(set(names)) == sorted(names)


def test_a_change_whose_old_text_is_gone_or_doubtful_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\nx = 1\n")
    for old in ("y = 1", "x = 1"):
        with pytest.raises(Gone):
            Change("a.py", old, "z").apply(tmp_path)
    with pytest.raises(Gone):
        Change("gone.py", "x", "z").apply(tmp_path)


MUTATION = Mutation("law", "name", (), ("tests/test_a.py::test_b",))


@pytest.mark.parametrize(
    ("code", "failed", "noticed"),
    [
        (1, {"tests/test_a.py::test_b"}, True),
        (1, {"tests/test_other.py::test_c"}, False),  # Something else broke.
        (0, set(), False),  # Nobody noticed.
        (1, set(), False),  # An error before the test is no proof.
        (2, set(), False),
        (-1, set(), False),
    ],
)
def test_only_a_red_test_of_its_own_proves_a_law(
    code: int, failed: set[str], noticed: bool
) -> None:
    assert break_laws.judge(MUTATION, Run(code, frozenset(failed), ""))[0] is noticed
