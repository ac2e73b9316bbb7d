"""The first programs of the developers' page run as they stand there, against a real server."""

import asyncio
import os
import re
import shutil
from pathlib import Path

import pytest

from comptoir import checkout
from comptoir.web import developers
from kit import Shop

COMMANDS = {
    "curl": ("sh", "pay.sh"),
    "python": ("python3", "pay.py"),
    "node": ("node", "pay.mjs"),
    "java": ("java", "Pay.java"),
    "php": ("php", "pay.php"),
}


@pytest.mark.slow
@pytest.mark.parametrize("language", COMMANDS)
async def test_a_program_prepares_a_payment_and_reads_its_status(
    shop: Shop,
    address: str,
    language: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    command, name = COMMANDS[language]
    if shutil.which(command) is None or (language == "curl" and shutil.which("curl") is None):
        pytest.skip(f"{command} is not on this machine")
    monkeypatch.setenv("COMPTOIR_PUBLIC_URL", address)
    file = tmp_path / name
    file.write_text(developers.program(language, shop.originator))
    running = await asyncio.create_subprocess_exec(
        command, str(file), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "COMPTOIR_KEY": shop.secret},
    )  # fmt: skip
    out, _ = await running.communicate()
    text = out.decode()
    assert running.returncode == 0, text
    assert "Not processed" in text, text
    token = re.search(r"/payment/([A-Za-z0-9_-]{22})\b", text)
    assert token is not None
    found = await checkout.find_by_customer_token(token[1])
    assert (found.company_id, found.amount.minor) == (shop.company.id, 1250)
