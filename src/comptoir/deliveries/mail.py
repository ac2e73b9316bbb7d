"""Mails as deliveries: written to the outbox or handed to the server, each try kept."""

import re
import time

from comptoir.deliveries.delivery import Delivery, Try, keep_try
from comptoir.kit import clock, ids, mail, redact

# One address in plain ASCII: what could name a second recipient, or begin a header, is none.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_LONGEST = 100


def is_address(text: object) -> bool:
    """Whether a mail can be sent there."""
    return isinstance(text, str) and len(text) <= _LONGEST and _ADDRESS.fullmatch(text) is not None


async def send_mail(
    delivery: Delivery, letter: tuple[str, str], *, name: str, reply_to: str | None
) -> bool:
    """One try, with no transaction open; one that nobody took is tried again later."""
    subject, text = letter
    begun, started = clock.now(), time.perf_counter()
    fault: str | None = None
    try:
        await mail.send(
            delivery.url, subject, text, name=name,
            reply_to=reply_to if is_address(reply_to) else None,
        )  # fmt: skip
    except mail.MailNotSent as error:
        fault = redact.text(error.detail)[:256]
    kept = Try(
        ids.new(), begun, int((time.perf_counter() - started) * 1000),
        redact.mapping({"subject": subject, "text": text}), None, None, fault, fault is None,
    )  # fmt: skip
    await keep_try(delivery, kept, again=True)
    return fault is None
