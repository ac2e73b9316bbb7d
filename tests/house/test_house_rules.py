"""Every house rule finds its bad example, and leaves its good one alone."""

from pathlib import Path

import pytest

import check

PAYMENTS = "src/comptoir/payments/thing.py"
API = "src/comptoir/api/thing.py"
LONG_BODY = "    a = 1\n"

BAD = {
    "long-function": [(PAYMENTS, "def f():\n" + LONG_BODY * 60)],
    "long-file": [
        (PAYMENTS, "a = 1\n" * 401),
        ("src/comptoir/migrations/0001_thing.sql", "select 1;\n" * 401),
        ("src/comptoir/web/static/thing.css", "a { b: c }\n" * 401),
        ("src/comptoir/web/static/thing.js", "a();\n" * 401),
    ],
    "long-handler": [
        (API, '@get("/api/v1/things", needs=VIEW)\nasync def list_things():\n' + LONG_BODY * 15),
        (API, "@post(path=PLACE, needs=VIEW)\nasync def add_thing():\n" + LONG_BODY * 15),
    ],
    "route-without-needs": [
        (API, '@get("/api/v1/things")\nasync def list_things(): ...\n'),
        ("src/comptoir/web/thing.py", "@post(PLACE)\nasync def add_thing(): ...\n"),
        ("src/comptoir/edge/thing.py", "@litestar.get(['/a', '/b'])\ndef thing(): ...\n"),
    ],
    "commit": [
        (PAYMENTS, "async def f(connection):\n    await connection.commit()\n"),
        (PAYMENTS, "async def f(c):\n    async with c.transaction():\n        pass\n"),
        (PAYMENTS, 'async def f(tx):\n    await tx.run("commit")\n'),
    ],
    "composed-sql": [
        (PAYMENTS, 'x = f"select id from {table} limit 1"\n'),
        (PAYMENTS, 'x = "select id from payment where id = " + number\n'),
        (PAYMENTS, 'x = "delete from %s" % table\n'),
        (PAYMENTS, 'x = "update {} set a = 1".format(table)\n'),
        (PAYMENTS, 'x = f"update {table} set a = 1"\n'),
        (PAYMENTS, 'async def f(tx):\n    await tx.all(T, f"{head} limit 5")\n'),
        (API, 'x = f"with found as (select 1) {rest}"\n'),
    ],
    "sql-outside-domains": [
        (API, 'x = "select id from payment limit 1"\n'),
        ("src/comptoir/cli/thing.py", 'x = "insert into payment (id) values ($1)"\n'),
        ("src/comptoir/wiring.py", 'x = "delete from payment where id = $1"\n'),
    ],
    "star-select": [
        (PAYMENTS, 'x = "select * from payment limit 1"\n'),
        (PAYMENTS, 'x = "select p.* from payment p limit 1"\n'),
    ],
    "unbounded-list": [
        (PAYMENTS, 'async def f(tx):\n    return await tx.all(P, "select id from payment")\n'),
        (PAYMENTS, 'A = "select id from payment"\nasync def f(tx):\n    await tx.rows(A + " b")\n'),
        (PAYMENTS, 'async def f(tx):\n    await tx.rows("select count(*) from a group by b")\n'),
    ],
    "float": [
        (PAYMENTS, "def f(rate: float) -> int: ...\n"),
        (PAYMENTS, "def f(text: str) -> Money:\n    return float(text)\n"),
        (API, "total_amount: float | None = None\n"),
        (API, "def net(a: int) -> float: ...\n"),
        (API, "x = float(payment.amount_minor)\n"),
        (API, "x = amount_minor * 0.5\n"),
        (API, "x = left.minor / 100\n"),
        (API, "price /= 2\n"),
    ],
    "naive-time": [
        (PAYMENTS, "x = datetime.now()\n"),
        (PAYMENTS, "x = datetime.datetime.utcnow()\n"),
        (PAYMENTS, "x = datetime.fromtimestamp(5)\n"),
        (PAYMENTS, "x = date.today()\n"),
        (PAYMENTS, "x = datetime.now(UTC)\n"),
        ("tests/test_thing.py", "x = datetime.now()\n"),
    ],
    "leftover": [
        (PAYMENTS, "a = 1  # TO" + "DO later\n"),
        (PAYMENTS, '"""Does it. FIX' + 'ME: not yet."""\n'),
        ("src/comptoir/web/templates/x.html", "<p>{# TO" + "DO #}</p>\n"),
    ],
    "unexplained": [
        (PAYMENTS, "x = md5(b)  # noqa" + ": S324\n"),
        (PAYMENTS, "x = y  # noqa\n"),
        (PAYMENTS, "x: int = y  # type" + ": ignore[assignment]\n"),
        (PAYMENTS, "x = a  # noqa" + ": S324  Old books.\nx = b  # noqa" + ": S311\n"),
    ],
    "inner-import": [
        (PAYMENTS, "def f():\n    import os\n"),
        (API, "def f():\n    from a import b\n"),
    ],
    "type-checking": [
        (PAYMENTS, "from typing import TYPE_" + "CHECKING\n"),
        (PAYMENTS, "import typing\nif typing.TYPE_" + "CHECKING:\n    a = 1\n"),
    ],
    "broad-except": [
        (PAYMENTS, "try:\n    f()\nexcept Exception:\n    g()\n"),
        (PAYMENTS, "try:\n    f()\nexcept (KeyError, Exception):\n    g()\n"),
        (API, "try:\n    f()\nexcept:\n    g()\n"),
        (API, "with contextlib.suppress(BaseException):\n    g()\n"),
    ],
    "inside-of-domain": [
        (API, "from comptoir.payments.charge import charge\n"),
        (API, "import comptoir.payments.charge\n"),
        (PAYMENTS, "from comptoir.gateways.engine import perform\n"),
        (API, "from comptoir.edge.render import _secret\n"),
    ],
}

GOOD = [
    (PAYMENTS, "def f():\n" + LONG_BODY * 59),
    (API, '@get("/api/v1/things", needs=VIEW)\nasync def list_things():\n' + LONG_BODY * 14),
    (API, '@get("/a", needs=V)\nasync def a():\n    """1\n2\n3"""\n' + LONG_BODY * 14),
    (API, "@cache.get\ndef a():\n" + LONG_BODY * 30),
    (API, "x = found.get('key')\n"),
    (PAYMENTS, "async def f():\n    async with db.transaction(company=c) as tx:\n        pass\n"),
    (PAYMENTS, 'x = SELECT + " where company_id = $1 and id = $2"\n'),
    (PAYMENTS, 'x = f"{left} is left"\n'),
    (PAYMENTS, "x = a  # noqa" + ": S324  Old books.\nx = b  # noqa" + ": S324\n"),
    (PAYMENTS, "x: int = y  # type" + ": ignore[assignment]  # Theirs has no types.\n"),
    (PAYMENTS, 'async def f(tx):\n    await tx.all(P, "select id from p where id = any($1)", x)\n'),
    (PAYMENTS, 'A = "select id from p limit 9"\nasync def f(tx):\n    await tx.all(P, A)\n'),
    (PAYMENTS, 'async def f(tx):\n    await tx.value("select count(*) from payment")\n'),
    (API, 'x = "Select the payments to refund"\n'),
    (API, '"""select id from payment: a docstring is no query."""\n'),
    (PAYMENTS, "def wait(timeout: float = 30.0) -> None: ...\n"),
    (PAYMENTS, "fee = amount.share(percent / 100)\n"),
    (API, "x = seconds * 0.5\n"),
    (PAYMENTS, "x = datetime.fromtimestamp(5, UTC)\n"),
    (PAYMENTS, "x = clock.now()\n"),
    ("src/comptoir/kit/clock.py", "x = datetime.now(UTC)\n"),
    ("src/comptoir/worker/thing.py", "try:\n    f()\nexcept Exception:\n    g()\n"),
    (PAYMENTS, "try:\n    f()\nexcept KeyError:\n    g()\n"),
    (API, "from comptoir import payments\nfrom comptoir.kit import db\n"),
    (PAYMENTS, "from comptoir.payments.charge import charge\n"),
    (API, "from comptoir.payments import charge\n"),
    ("tests/thing.py", "def f():\n    import os\n"),
]


@pytest.mark.parametrize("rule", check.RULES)
def test_a_rule_finds_each_of_its_bad_examples(rule: str) -> None:
    assert BAD[rule], f"{rule} has no bad example"
    for path, text in BAD[rule]:
        found = {fault.rule for fault in check.check_text(path, text)}
        assert rule in found, f"{rule} does not see: {text}"


@pytest.mark.parametrize(("path", "text"), GOOD)
def test_a_good_example_breaks_no_rule(path: str, text: str) -> None:
    assert check.check_text(path, text) == []


def test_a_fault_names_its_place_and_its_rule() -> None:
    [fault] = check.check_text(PAYMENTS, "\nx = date.today()\n")
    assert str(fault).startswith(f"{PAYMENTS}:2: naive-time: ")


def test_an_exception_that_nothing_needs_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "EXCEPTIONS", {("commit", "src/comptoir/gone.py"): "It once did"})
    assert [str(fault) for fault in check.check_tree(tmp_path)] == [
        "src/comptoir/gone.py:1: commit: this exception is not needed any more"
    ]


def test_an_exception_spares_one_rule_in_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "src/comptoir/payments").mkdir(parents=True)
    (tmp_path / PAYMENTS).write_text("x = date.today()\ny = f'select {x} from a limit 1'\n")
    monkeypatch.setattr(check, "EXCEPTIONS", {("naive-time", PAYMENTS): "Only here"})
    assert [fault.rule for fault in check.check_tree(tmp_path)] == ["composed-sql"]


def test_the_project_keeps_its_own_rules() -> None:
    assert [str(fault) for fault in check.check_tree(check.ROOT)] == []
