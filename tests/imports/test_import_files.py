"""Files as providers write them: compressed or not, any delimiter, encoding and form of amounts."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from comptoir import imports
from kit_imports import Books

Written = Callable[..., Path]
HEADER = "created_at,order_id,kind,amount,currency,customer_id"
SALE = "2024-01-01T10:00:00Z,1,sale,12.50,EUR,7"
ONE_SALE = {"sale succeeded EUR": (1, "12.50")}


async def sums(books: Books, path: Path, mapping: Path | None = None) -> dict[str, tuple[int, str]]:
    report = await books.run(path, mapping)
    assert report.refused == 0, report.rejected and report.rejected.read_text()
    return await books.totals()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
async def test_the_delimiter_is_found(books: Books, written: Written, delimiter: str) -> None:
    path = written(HEADER.replace(",", delimiter), SALE.replace(",", delimiter))
    assert await sums(books, path) == ONE_SALE


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress, bytes])
async def test_a_file_is_read_whether_it_is_compressed_or_not(
    books: Books, tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "history.data"
    path.write_bytes(pack(f"{HEADER}\r\n{SALE}\r\n".encode()))
    assert await sums(books, path) == ONE_SALE


async def test_the_same_content_compressed_is_the_same_file(books: Books, written: Written) -> None:
    plain = written(HEADER, SALE)
    packed = plain.with_suffix(".csv.gz")
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    first, second = await books.run(plain), await books.run(packed)
    assert (second.import_id, second.added) == (first.import_id, 0)


async def test_a_byte_order_mark_is_no_part_of_the_first_header(
    books: Books, tmp_path: Path
) -> None:
    path = tmp_path / "history.csv"
    path.write_bytes(b"\xef\xbb\xbf" + f"{HEADER}\n{SALE}\n".encode())
    assert await sums(books, path) == ONE_SALE


async def test_other_encodings_are_named_by_the_mapping(books: Books, tmp_path: Path) -> None:
    path, mapping = tmp_path / "history.csv", tmp_path / "m.toml"
    path.write_bytes(f"{HEADER},customer_name\n{SALE},Müller\n".encode("cp1252"))
    assert (await books.run(path)).refused == 1
    mapping.write_text('encoding = "cp1252"\n')
    assert (await books.run(path, mapping)).added == 1


@pytest.mark.parametrize(
    ("decimal", "thousands", "text", "shown"),
    [
        (",", ".", "1.234.567,89", "1234567.89"),
        (",", "", "1234,5", "1234.50"),
        (",", " ", "12\u00a0345,00", "12345.00"),
        (".", ",", "1,234.56", "1234.56"),
        (".", "'", "1'234.56", "1234.56"),
        (".", ",", "1.500", "1.50"),
    ],
)
async def test_amounts_are_read_as_the_mapping_says(
    books: Books, written: Written, tmp_path: Path,
    decimal: str, thousands: str, text: str, shown: str,
) -> None:  # fmt: skip
    mapping = tmp_path / "m.toml"
    mapping.write_text(f'[amounts]\ndecimal = "{decimal}"\nthousands = "{thousands}"\n')
    path = written(HEADER.replace(",", ";"), f"2024-01-01T10:00:00Z;1;sale;{text};EUR;7")
    assert await sums(books, path, mapping) == {"sale succeeded EUR": (1, shown)}


@pytest.mark.parametrize(
    ("decimal", "thousands", "text"),
    [
        (",", ".", "12.50"),
        (",", "", "12.50"),
        (".", "", "12,50"),
        (".", ",", "12,50"),
        (".", "", "1e3"),
        (".", "", "12.505"),
        (".", "", "1.500"),
        (",", "", "1,500"),
        (".", "", "€12.50"),
    ],
)
async def test_an_amount_that_may_mean_two_things_is_refused(
    books: Books, written: Written, tmp_path: Path, decimal: str, thousands: str, text: str
) -> None:
    mapping = tmp_path / "m.toml"
    mapping.write_text(f'[amounts]\ndecimal = "{decimal}"\nthousands = "{thousands}"\n')
    path = written(HEADER.replace(",", ";"), f"2024-01-01T10:00:00Z;1;sale;{text};EUR;7")
    assert (await books.run(path, mapping)).refused == 1


@pytest.mark.parametrize(
    ("dates", "text", "utc"),
    [
        ("", "2024-07-01T10:00:00+02:00", "2024-07-01T08:00:00+00:00"),
        ("", "2024-07-01 10:00:00 UTC", "2024-07-01T10:00:00+00:00"),
        ('zone = "America/New_York"', "2024-07-01 10:00", "2024-07-01T14:00:00+00:00"),
        ('zone = "Europe/Paris"\nformat = "%d.%m.%y"', "01.12.24", "2024-11-30T23:00:00+00:00"),
        ('format = "epoch"', "1719828000", "2024-07-01T10:00:00+00:00"),
        ('format = "epoch_ms"', "1719828000500", "2024-07-01T10:00:00.500000+00:00"),
    ],
)
async def test_dates_are_read_with_their_zone(
    books: Books, written: Written, tmp_path: Path, dates: str, text: str, utc: str
) -> None:
    mapping = tmp_path / "m.toml"
    mapping.write_text(f"[dates]\n{dates}\n")
    await books.run(written(HEADER, SALE.replace("2024-01-01T10:00:00Z", text)), mapping)
    assert [row.occurred_at.isoformat() for row in await books.rows()] == [utc]


async def test_a_date_without_a_zone_is_refused_with_a_way_out(
    books: Books, written: Written
) -> None:
    report = await books.run(written(HEADER, SALE.replace("Z", "")))
    assert report.rejected is not None
    assert "set [dates] zone" in report.rejected.read_text()


async def test_columns_nobody_knows_are_left_alone_and_line_breaks_stay_in_their_cell(
    books: Books, written: Written
) -> None:
    path = written(HEADER + ",weather,description", SALE + ',rain,"two\nlines, one cell"')
    assert await sums(books, path) == ONE_SALE


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"a,b\n1,2\n", "No column has the date"),
        (b"created_at,amount,kind\n", "No column has the currency"),
        (HEADER.encode() + b",amount\n", "Two columns are called amount"),
        (HEADER.encode() + b",total\n", "Which column has the amount: amount, total"),
        (b"created_at,amount,currency\n", "No column has the kind"),
        (b"PK\x03\x04 spreadsheet", "save it as CSV"),
        (gzip.compress(HEADER.encode() + b"\n" + b"x" * 100_000)[:-20], "cut off or damaged"),
        (HEADER.encode("utf-16"), "encoding"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_before_anything_is_stored(
    books: Books, tmp_path: Path, content: bytes, why: str
) -> None:
    path = tmp_path / "history.csv"
    path.write_bytes(content)
    with pytest.raises(imports.BadFile, match=why):
        await books.run(path)
    assert await imports.list_imports(books.actor) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[columns]\nsum = 'x'", "columns.sum is not one of"),
        ("[columns]\ndate = 'When'", "No column is called When"),
        ("colums = 1", "unknown field"),
        ("[kinds]\nPay = 'buy'", "is not one of"),
        ("[statuses]\nDone = 'pending'", "is not one of"),
        ("[results]\nNSF = '51'", "three digits"),
        ("[dates]\nzone = 'Mars/Base'", "not a time zone"),
        ("[amounts]\ndecimal = ','\nthousands = ','", "are the same"),
        ("encoding = 'klingon'", "is not known"),
        ("delimiter = ", "history.toml"),
    ],
)
async def test_a_mapping_that_makes_no_sense_is_refused_by_its_line(
    books: Books, written: Written, text: str, why: str
) -> None:
    mapping = written(text, name="history.toml")
    with pytest.raises((imports.BadMapping, imports.BadFile), match=why):
        await books.run(written(HEADER, SALE), mapping)


async def test_progress_is_told_until_the_last_row(books: Books, written: Written) -> None:
    lines = [f"2024-01-01T10:00:00Z,{n},sale,1.00,EUR,7" for n in range(6000)]
    told: list[imports.Progress] = []
    path = written(HEADER, *lines)
    await books.run(path, progress=told.append)
    assert [t.rows for t in told if t.phase == "reading"] == [2500, 5000, 6000]
    assert {t.rows_total for t in told} == {6000}
    assert (told[-1].bytes_done, told[-1].bytes_total) == (path.stat().st_size,) * 2
