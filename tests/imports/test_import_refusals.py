"""Bad rows are told with their line and reason; nothing dangerous gets into any file or table."""

import csv
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from comptoir import imports
from comptoir.kit import db
from kit_imports import Books

DATA = Path(__file__).parent / "data"
Written = Callable[..., Path]
HEADER = "created_at,order_id,kind,amount,currency,card,description,email,internal note"
PAN = "4012888888881881"
REASONS = {
    "B01": ("Amount", "JPY has 0 decimals"),
    "B02": ("Date", "does not look like %d/%m/%Y %H:%M"),
    "B03": ("Type", "is not known; add the word to [kinds] of the mapping"),
    "B04": ("Card", "holds an unmasked card number"),
    "B05": ("Cur", "is not an ISO 4217 code"),
    "B06": ("Response", "says declined, but the status says accepted"),
    "B07": ("Date", "lies in the future"),
    "B08": ("Amount", "is negative, which a sale cannot be"),
    "B09": ("", "4 cells, but the header has 18"),
    "B10": ("E-mail", "is no e-mail address"),
    "B11": ("Amount", "has '.' where no thousands end"),
    "B12": ("State", "is not known; add the word to [statuses] of the mapping"),
}


def rejected(path: Path | None, delimiter: str = ",") -> list[dict[str, str]]:
    assert path is not None
    with path.open(newline="", encoding="utf-8-sig") as text:
        return list(csv.DictReader(text, delimiter=delimiter))


async def everything_stored() -> str:
    """All rows of all tables, as text."""
    found = []
    async with db.platform() as tx:
        tables = await tx.rows(
            "select table_name as name from information_schema.tables where table_schema = 'public'"
            " and has_table_privilege(format('%I', table_name), 'select')"
        )
        for table in tables:
            for row in await tx.rows(f'select t::text as row from "{table["name"]}" t'):
                found.append(row["row"])
    return "\n".join(found)


async def test_every_bad_row_is_told_with_its_line_column_and_reason(
    books: Books, tmp_path: Path, held_clock: None
) -> None:
    path = tmp_path / "history.csv"
    path.write_bytes((DATA / "mixed.csv").read_bytes())
    report = await books.run(path, DATA / "mixed.toml")
    rows = rejected(report.rejected, ";")
    told = {row["Tx"]: (row["rejected_column"], row["rejected_reason"]) for row in rows}
    assert told == REASONS
    lines = path.read_text().splitlines()
    assert all(lines[int(row["rejected_line"]) - 1].startswith(row["Tx"]) for row in rows)


async def test_the_file_of_refusals_is_beside_the_input_and_private(
    books: Books, written: Written
) -> None:
    path = written(HEADER, "yesterday,1,sale,1.00,EUR,,,,", name="provider.csv")
    report = await books.run(path)
    assert report.rejected == path.with_name("provider.rejected.csv")
    assert report.rejected.stat().st_mode & 0o777 == 0o600


async def test_no_cell_of_it_begins_a_formula(books: Books, written: Written) -> None:
    header = HEADER.replace("internal note", "=cmd()")
    path = written(header, '2024-01-01T10:00:00Z,1,sale,-5.00,EUR,,"=1+1",@sum,+49 (0) 30')
    report = await books.run(path)
    assert report.rejected is not None
    with report.rejected.open(newline="", encoding="utf-8-sig") as text:
        cells = [cell for row in csv.reader(text) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]
    assert "-5.00" in cells  # A number is none.


async def test_mended_rows_can_be_imported_from_it(books: Books, written: Written) -> None:
    path = written(HEADER, "2024-01-01T10:00:00Z,1,sale,5.00,EURO,,,,")
    report = await books.run(path)
    assert report.rejected is not None
    mended = report.rejected.with_name("mended.csv")
    mended.write_bytes(report.rejected.read_bytes().replace(b"EURO", b"EUR"))
    assert (await books.run(mended)).added == 1
    assert await books.totals() == {"sale succeeded EUR": (1, "5.00")}


@pytest.mark.parametrize(
    "row",
    [
        f"2024-01-01T10:00:00Z,1,sale,5.00,EUR,{PAN},,,",
        "2024-01-01T10:00:00Z,1,sale,5.00,EUR,4012 8888 8888 1881,,,",
        "2024-01-01T10:00:00Z,1,sale,5.00,EUR,4012.8888.8888.1881,,,",
        f"2024-01-01T10:00:00Z,1,sale,5.00,EUR,,paid with {PAN} 12/28,,",
        f"2024-01-01T10:00:00Z,{PAN},sale,5.00,EUR,,,,",
        f"2024-01-01T10:00:00Z,1,sale,5.00,EUR,,,{PAN}@example.com,",
        f"2024-01-01T10:00:00Z,1,sale,5.00,EUR,,,,{PAN}",
        "2024-01-01T10:00:00Z,1,sale,5.00,EUR,4012888888881880,,,",
        f"{PAN},1,{PAN},{PAN},{PAN},{PAN},{PAN},{PAN},{PAN}",
        f"2024-01-01T10:00:00Z,1,{PAN}",
    ],
)
async def test_an_unmasked_card_number_is_refused_and_gets_nowhere(
    books: Books, written: Written, capfd: pytest.CaptureFixture[str], database: str, row: str
) -> None:
    good = "2024-01-01T11:00:00Z,2,sale,6.00,EUR,401288******1881,,,"
    report = await books.run(written(HEADER, row, good))
    assert (report.added, report.refused) == (1, 1)
    output = capfd.readouterr()
    run_folder = Path(database.split("host=")[1].split("&", maxsplit=1)[0])
    logs = "".join(log.read_text(errors="replace") for log in run_folder.parent.rglob("*.log"))
    places = [
        await everything_stored(), output.out, output.err,
        logs, repr(rejected(report.rejected)),
    ]  # fmt: skip
    for text in places:
        digits = "".join(letter for letter in text if letter.isdigit() or letter.isalpha())
        assert PAN not in digits
        assert "4012888888881880" not in digits


async def test_a_file_without_a_header_is_refused_without_showing_its_card_number(
    books: Books, written: Written
) -> None:
    path = written(f"2024-01-01T10:00:00Z,1,sale,5.00,EUR,{PAN}")
    with pytest.raises(imports.BadFile, match="No column has the date") as refused:
        await books.run(path)
    assert PAN not in repr(refused.value)


async def test_an_order_number_that_only_looks_like_a_card_is_kept(
    books: Books, written: Written
) -> None:
    path = written(HEADER, "2024-01-01T10:00:00Z,1000000012345678,sale,5.00,EUR,,,,")
    assert (await books.run(path)).added == 1


async def test_a_quote_that_is_never_closed_takes_no_other_row_with_it_unsaid(
    books: Books, written: Written
) -> None:
    good = "2024-01-01T10:00:00Z,{},sale,5.00,EUR,,,,"
    lines = [good.format(n) for n in range(5)]
    path = written(HEADER, *lines[:2], '2024-01-01T10:00:00Z,9,sale,5.00,EUR,,"open,,', *lines[2:])
    report = await books.run(path)
    assert (report.added, report.refused) == (2, 1)
    assert "lines 4 to 7 were read as one" in rejected(report.rejected)[0]["rejected_reason"]


NASTY = [
    "", " ", "\x00", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"), "é" * 300,
    "NULL", "-", "-1", "1e9", "999999999999.99", "9999999999999", "NaN", "Infinity", "0", "0.00",
    "2024-02-30", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "2024-01-01T10:00:00Z",
    "sale", "refund", "chargeback", "credit", "JPY", "KWD", "CLF", "eur", "x@y", "****1111",
    "411111XXXXXX1111", "\u202e", "\x1b[31m", "' or 1=1 --", "%s{}$1", "﷽", "١٢٣",
]  # fmt: skip


async def test_no_content_of_any_cell_stops_a_run(books: Books, tmp_path: Path) -> None:
    chance = random.Random(20260302)  # noqa: S311
    header = [
        "created_at", "order_id", "id", "kind", "status", "result_code", "amount", "currency",
        "reference", "gateway_reference", "fee", "settled_at", "card", "brand", "method",
        "customer_id", "email", "name", "country", "description", "reason",
    ]  # fmt: skip
    usual = ["2024-01-01T10:00:00Z", "1", "", "sale", "", "", "5.00", "EUR"] + [""] * 13
    path = tmp_path / "nasty.csv"
    with path.open("w", newline="", encoding="utf-8") as text:
        rows = csv.writer(text)
        rows.writerow(header)
        for _ in range(1500):
            cells = list(usual)
            for place in chance.sample(range(len(cells)), chance.randint(1, 4)):
                cells[place] = chance.choice(NASTY)
            rows.writerow(cells)
    report = await books.run(path)
    assert report.rows == report.added + report.known + report.refused + report.ignored
    assert min(report.added, report.refused) > 100
    again = await books.run(path)
    assert (again.added, again.known, again.refused) == (0, report.added, report.refused)


async def test_the_report_goes_under_home_where_the_folder_cannot_be_written(
    books: Books, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(HEADER, "yesterday,1,sale,1.00,EUR,,,,")
    monkeypatch.setattr(os, "access", lambda *_: False)  # Root may write anywhere.
    report = await books.run(path)
    assert report.rejected == books.home / "imports" / "history.rejected.csv"
