"""Mail: written to a folder by default, handed to an SMTP server when one is set.

A process says once where mail goes (`configure`). Texts are plain; a header can hold no line break.
"""

import asyncio
import os
import secrets
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, make_msgid, parseaddr
from pathlib import Path
from urllib.parse import unquote, urlsplit

import structlog

from comptoir.kit import clock
from comptoir.kit.errors import Unavailable

TIMEOUT = 15.0  # Seconds for each step of the talk with the server.

_log = structlog.get_logger("mail")


@dataclass(frozen=True, slots=True)
class _Way:
    outbox: Path
    smtp_url: str | None
    sender: str


class MailNotSent(Unavailable):
    code = "mail_not_sent"
    title = "The mail could not be sent; everything else was kept, try again"


_way: _Way | None = None


def configure(*, outbox: Path, smtp_url: str | None, sender: str) -> None:
    """Say where mail goes: files under `outbox`, or the server of `smtp_url`."""
    global _way  # noqa: PLW0603  One way out for a process.
    _way = _Way(outbox, smtp_url, sender)


async def send(
    to: str, subject: str, text: str, *, name: str | None = None, reply_to: str | None = None
) -> None:
    """Send one mail; `MailNotSent` when nobody took it. `name`: who writes, with our address."""
    if _way is None:
        raise MailNotSent("No way for mail was configured")
    message = EmailMessage()
    sender = _way.sender
    if name:
        sender = formataddr((" ".join(name.split()), parseaddr(sender)[1]))
    message["From"], message["To"], message["Subject"] = sender, to, subject
    if reply_to:
        message["Reply-To"] = reply_to
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = make_msgid(domain=_way.sender.rpartition("@")[2] or "localhost")
    message["Auto-Submitted"] = "auto-generated"
    # Never wrapped: a link must stay in one piece for whoever reads the file.
    message.set_content(text, cte="7bit" if text.isascii() else "8bit")
    try:
        if _way.smtp_url is None:
            await asyncio.to_thread(_write, _way.outbox, message)
        else:
            await asyncio.to_thread(_deliver, _way.smtp_url, message)
    except (OSError, smtplib.SMTPException) as error:
        # The server's answer may quote the text, and the text may hold a link: only its kind.
        _log.error("mail not sent", error=type(error).__name__)
        raise MailNotSent from None


def _write(outbox: Path, message: EmailMessage) -> None:
    outbox.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{clock.now():%Y%m%dT%H%M%S.%f}-{secrets.token_hex(4)}.eml"
    handle = os.open(outbox / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(message.as_bytes())


def _deliver(url: str, message: EmailMessage) -> None:
    """Hand over to the server. Encrypted where it offers that, and always before a password."""
    parts = urlsplit(url)
    host, secure = parts.hostname or "localhost", parts.scheme == "smtps"
    context = ssl.create_default_context()
    with (
        smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT, context=context)
        if secure
        else smtplib.SMTP(host, parts.port or 587, timeout=TIMEOUT)
    ) as server:
        server.ehlo_or_helo_if_needed()
        if not secure and server.has_extn("starttls"):
            server.starttls(context=context)
            secure = True
        if parts.username:
            if not secure:
                raise smtplib.SMTPNotSupportedError("a password is not sent without encryption")
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(message)
