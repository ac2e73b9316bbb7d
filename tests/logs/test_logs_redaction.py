"""Nothing secret reaches a log line, however it is dressed up."""

import base64
import io
import json
import logging
from collections.abc import Callable, Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from comptoir.kit import ids, log, redact
from comptoir.kit.actor import system

CARD = "4111111111111111"
GROUPED = "4111 1111 1111 1111"
Lines = Callable[[], list[dict[str, object]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Logs go to a buffer; calling the fixture reads what was written so far."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    buffer = io.StringIO()
    log.configure("info", buffer)
    log.clear()
    yield lambda: [json.loads(line) for line in buffer.getvalue().splitlines()]
    log.clear()
    logging.captureWarnings(False)
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_line_is_json_and_tells_request_actor_and_company(lines):
    company = ids.new()
    log.bind(request_id="r-1")
    log.bind_actor(system(company, live=False))
    log.get("payments").info("refund_sent", number=100064, amount="12.00 EUR")
    (line,) = lines()
    assert line.pop("timestamp")
    assert line == {
        "event": "refund_sent", "level": "info", "logger": "payments", "request_id": "r-1",
        "actor": "system:system", "company": str(company), "number": 100064,
        "amount": "12.00 EUR",
    }  # fmt: skip


@pytest.mark.parametrize(
    "dressed",
    [
        CARD,
        GROUPED,
        "4111-1111-1111-1111",
        "4111%201111%201111%201111",
        "4111+1111+1111+1111",
        f"card{CARD}cvc",
        "4111.1111.1111.1111",
        "4111/1111/1111/1111",
        "4111  1111  1111  1111",
        "4111 - 1111 - 1111 - 1111".replace(" - ", "- "),
        "4111,1111,1111,1111",
        "4111\t1111\u20091111:1111",
        "3782.822463.10005",
        "411111.1111111111",
        "2026 4111.1111.1111.1111 12",
        "4111%2F1111%2F1111%2F1111",
        f"0{CARD}1230",
        base64.b64encode(CARD.encode()).decode(),
        base64.urlsafe_b64encode(f'{{"number": "{CARD}"}}'.encode()).decode().rstrip("="),
        "378282246310005",
        "6799990100000000019",
        "501800000009",
    ],
)
def test_a_card_number_never_passes(dressed, lines):
    assert redact.text(f"said {dressed} there") != f"said {dressed} there"
    log.get("x").info("said %s", dressed, field=dressed, nested={"a": [dressed]})
    logging.getLogger("a.library").warning("said %s", dressed)
    for line in lines():
        told = json.dumps({key: value for key, value in line.items() if key != "timestamp"})
        assert dressed not in told
        assert "1111" not in told  # A moment may hold such digits by chance.


def test_a_card_number_kept_as_a_number_or_as_a_name_never_passes(lines):
    log.get("x").info("said", field=int(CARD), names={CARD: 1}, wide=float(CARD))
    assert "1111" not in json.dumps([{**line, "timestamp": ""} for line in lines()])


def test_ids_moments_and_amounts_pass_unharmed():
    for text in (
        "0190163d-8694-7739-8123-123456789012",
        "pay_01h455vb4pex5vsknk084sn02q",
        "2026-10-18T12:34:56.123456+00:00",
        "1 234 567.89 EUR",
        "operation 2147483647",
        "2026.10.18 12:34:56",
        "2026/10/18 2026/10/19",
        "100.0000, 200.0000, 300.0000",
        "10.20.30.40 and 192.168.100.200",
        "1500.00/2500.00/3500.00",
    ):
        assert redact.text(text) == text


@pytest.mark.parametrize(
    "name",
    [
        "password", "new_password", "password2", "secret", "clientSecret", "key", "api_key",
        "APIKey", "X-Api-Key", "token", "customer_token", "cvc", "cvc2", "cvv", "card_number",
        "cardNumber", "Authorization", "Cookie", "Set-Cookie", "credentials", "pan", "totp",
        "securityCode", "card_security_code", "security_code", "verification_value", "cid",
        "verificationValue", "CID", "csc", "card_cid", "verification_code",
    ],
)  # fmt: skip
def test_a_field_with_a_secret_name_is_cut(name, lines):
    log.get("x").info("said", body={name: "hunter2"})
    logging.getLogger("lib").info("said %s", json.dumps({"password": "hunter2 and more"}))
    assert "hunter2" not in json.dumps(lines())


@pytest.mark.parametrize(
    "name", ["token_id", "key_hint", "request_id", "number", "monkey", "code", "accident"]
)
def test_a_field_with_an_innocent_name_passes(name):
    assert redact.mapping({name: "hunter2"}) == {name: "hunter2"}


def test_headers_addresses_and_assignments_lose_their_secret():
    for text in (
        "Authorization: Basic MTAwMDAxOnNlY3JldA==",
        "got Bearer abcdefgh-hunter2-ijk",
        "postgresql://comptoir:hunter2@db/comptoir",
        "/return?customerToken=hunter2&x=1",
        "password = 'hunter2'",
        '{\\"api_key\\": \\"hunter2\\"}',
        "Idempotency-Key: hunter2",
    ):
        cut = redact.text(text)
        assert "hunter2" not in cut
        assert "MTAwMDAx" not in cut
        assert redact.CUT in cut


def test_an_error_shows_its_causes_and_places_but_no_values(lines):
    def charge(card: str) -> None:
        secret = card * 2
        raise ValueError(f"bad card {card}" if secret else "")

    try:
        try:
            charge(CARD)
        except ValueError as error:
            raise RuntimeError("password=hunter2") from error
    except RuntimeError:
        log.get("x").exception("failed")
        logging.getLogger("lib").exception("failed too")
    for line in lines():
        shown = str(line["exception"])
        assert "in charge" in shown
        assert "ValueError: bad card [redacted]" in shown
        assert "RuntimeError: password=[redacted]" in shown
        assert "secret =" not in shown
        assert "1111" not in shown


def test_a_long_text_is_cut_without_leaving_half_a_number(lines):
    text = redact.text("x" * (redact.MAX_TEXT - 8) + CARD)
    assert "4111" not in text


def test_bytes_are_counted_not_shown_and_depth_is_bounded():
    deep: dict[str, object] = {}
    inner = deep
    for _ in range(50):
        inner["a"] = {}
        inner = inner["a"]  # type: ignore[assignment]
    assert redact.value({"body": b"hunter2", "deep": deep})["body"] == "[7 bytes]"  # type: ignore[index]
    assert "[too deep]" in json.dumps(redact.value(deep))


def luhn_complete(digits: str) -> str:
    return next(digits + last for last in "0123456789" if redact.luhn(digits + last))


STARTS = st.from_regex(r"\A[0-9]{11,18}\Z")
PLAIN = st.none() | st.booleans() | st.integers() | st.text() | st.binary()
ANYTHING = st.recursive(
    PLAIN, lambda part: st.lists(part) | st.dictionaries(st.text(), part), max_leaves=20
)


@given(STARTS, st.sampled_from(["", " ", "-", "%20"]), st.integers(2, 6))
def test_every_number_with_a_check_digit_is_cut_however_it_is_grouped(start, gap, size):
    card = luhn_complete(start)
    grouped = gap.join(card[i : i + size] for i in range(0, len(card), size))
    assert redact.text(f"<{grouped}>") == f"<{redact.CUT}>"


@given(ANYTHING)
def test_anything_can_be_logged(thing):
    json.dumps(redact.value(thing))


def test_lines_below_the_level_are_not_written(lines):
    log.get("x").debug("not at this level")
    assert lines() == []
