"""Mail to a folder and to a server."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from comptoir.kit import mail

LINK = "https://office.example/office/link/" + "x" * 90


async def test_a_mail_is_a_private_file_with_its_link_in_one_piece(tmp_path: Path):
    outbox = tmp_path / "home" / "outbox"
    mail.configure(outbox=outbox, smtp_url=None, sender="comptoir@office.example")
    await mail.send("ada@example.org", "Où est le café ?", f"Bonjour,\n\n{LINK}\n\nà bientôt\n")
    (file,) = outbox.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert outbox.stat().st_mode & 0o777 == 0o700
    assert LINK in file.read_text().splitlines()


async def test_a_header_cannot_be_smuggled_in(tmp_path: Path):
    mail.configure(outbox=tmp_path, smtp_url=None, sender="comptoir@office.example")
    with pytest.raises(ValueError, match=r"linefeed|newline|header"):
        await mail.send("ada@example.org", "Hello\nBcc: eve@example.org", "text")


class Server:
    """A small SMTP server on the loopback."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        answers = {"DATA": b"354 go on\r\n", "QUIT": b"221 bye\r\n"}
        in_text = False
        while line := (await reader.readline()).decode():
            self.heard.append(line.rstrip("\r\n"))
            verb = line.split()[0].upper() if line.strip() else ""
            if not in_text or line == ".\r\n":
                writer.write(answers.get(verb, b"250 ok\r\n"))
                in_text = verb == "DATA"
            if verb == "QUIT":
                break
        writer.close()


@asynccontextmanager
async def a_server() -> AsyncIterator[tuple[Server, int]]:
    server = Server()
    async with await asyncio.start_server(server.talk, "127.0.0.1", 0) as listener:
        yield server, listener.sockets[0].getsockname()[1]


async def test_a_mail_is_handed_to_a_server(tmp_path: Path):
    async with a_server() as (server, port):
        mail.configure(
            outbox=tmp_path, smtp_url=f"smtp://127.0.0.1:{port}", sender="comptoir@office.example"
        )
        await mail.send("ada@example.org", "Hello", f"{LINK}\n")
    assert "rcpt TO:<ada@example.org>" in server.heard
    assert LINK in server.heard


async def test_a_password_is_not_sent_to_a_server_without_encryption(tmp_path: Path):
    async with a_server() as (server, port):
        mail.configure(
            outbox=tmp_path,
            smtp_url=f"smtp://ada:hidden@127.0.0.1:{port}",
            sender="comptoir@office.example",
        )
        with pytest.raises(mail.MailNotSent):
            await mail.send("ada@example.org", "Hello", "text")
    assert not [line for line in server.heard if re.match("(?i)auth", line)]


async def test_a_server_that_is_away_is_said_so(tmp_path: Path):
    mail.configure(outbox=tmp_path, smtp_url="smtp://127.0.0.1:9", sender="comptoir@office.example")
    with pytest.raises(mail.MailNotSent):
        await mail.send("ada@example.org", "Hello", "text")
