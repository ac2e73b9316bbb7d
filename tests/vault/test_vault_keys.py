"""The key file: made for its owner alone, read again when it changes, never shown."""

import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir import vault
from comptoir.vault import keys
from vault.cards import kept, numbered

WRAP = f"wrap 2026-01-02 {'ab' * 32}\n"
FINGERPRINT = f"fingerprint 2026-01-02 {'cd' * 32}\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "vault.key"


def test_a_new_file_is_its_owners_alone_and_a_new_generation_stands_first(file: Path) -> None:
    first = vault.add_generation(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    before = keys.read(file)
    second = vault.add_generation(file)
    after = keys.read(file)
    assert [item.id for item in after.generations] == [second.id, first.id]
    assert after.fingerprint == before.fingerprint
    assert [path.name for path in file.parent.iterdir()] == ["vault.key"]


def test_generations_made_at_once_are_all_kept(file: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: vault.add_generation(file), range(16)))
    assert {item.id for item in keys.read(file).generations} == {item.id for item in made}


def test_a_rewritten_file_keeps_its_mode(file: Path) -> None:
    vault.add_generation(file)
    file.chmod(0o440)
    vault.add_generation(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o440


def test_keys_are_never_shown(file: Path) -> None:
    made = vault.add_generation(file)
    ring = keys.read(file)
    shown = repr(ring) + repr(made) + str(ring)
    for line in file.read_text().splitlines():
        digits = line.split()[-1]
        assert len(digits) < 64 or (digits not in shown and digits[:16] not in shown)
    assert repr(ring.fingerprint)[2:10] not in shown


@pytest.mark.parametrize("mode", [0o604, 0o620, 0o666, 0o602])
def test_a_file_that_others_can_use_is_refused(file: Path, mode: int) -> None:
    vault.add_generation(file)
    file.chmod(mode)
    with pytest.raises(vault.BadVaultKeys, match="chmod 600"):
        vault.load(file)
    assert not vault.is_open()


@pytest.mark.parametrize(
    "text",
    [
        "", WRAP, FINGERPRINT, WRAP + FINGERPRINT * 2, WRAP * 2 + FINGERPRINT,
        WRAP[:-3] + "\n" + FINGERPRINT, WRAP.replace("wrap", "wrpa") + FINGERPRINT,
        WRAP.replace("2026-01-02 ", "") + FINGERPRINT, WRAP.replace("ab", "xy") + FINGERPRINT,
    ],
)  # fmt: skip
def test_keys_that_are_none_are_refused_without_being_shown(file: Path, text: str) -> None:
    file.parent.mkdir()
    file.write_text(text)
    file.chmod(0o600)
    with pytest.raises(vault.BadVaultKeys) as refused:
        vault.load(file)
    assert not re.search("abab|cdcd|xyxy", str(refused.value))


@given(st.text())
def test_any_other_text_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(vault.BadVaultKeys) as refused:
        keys.parse(text)
    assert len(text) < 20 or text not in refused.value.detail


def test_the_id_of_a_generation_belongs_to_its_key_alone() -> None:
    first, other = (keys.generation_of(bytes([n]) * 32, date(2026, 1, 2)) for n in (1, 2))
    assert first.id != other.id
    assert first.id == keys.generation_of(bytes([1]) * 32, date(2026, 5, 6)).id
    assert first.id not in first.key.hex()


async def test_a_missing_file_is_an_error_and_no_setting_is_a_closed_vault(
    file: Path, actor
) -> None:
    with pytest.raises(vault.BadVaultKeys, match="comptoir vault key"):
        vault.load(file)
    vault.load(None)
    assert not vault.is_open()
    with pytest.raises(vault.VaultClosed):
        await kept(actor)


async def test_keys_may_come_from_the_environment(key_file: Path, actor) -> None:
    record = await kept(actor)
    text = for_environment(key_file)
    vault.load(None, text)
    assert await kept(actor) == record
    with pytest.raises(vault.BadVaultKeys, match="not both"):
        vault.load(key_file, text)


def for_environment(file: Path) -> str:
    lines = file.read_text().splitlines()
    return ";".join(line for line in lines if not line.startswith("#"))


async def test_running_processes_learn_a_new_generation_and_survive_a_broken_file(
    key_file: Path, actor
) -> None:
    await kept(actor, numbered(1))
    fresh = vault.add_generation(key_file)
    await kept(actor, numbered(2))
    used = {item.id: item.cards for item in (await vault.status()).generations}
    assert used[fresh.id] == 1
    with spoilt(key_file, b"half a fi"):
        await kept(actor, numbered(3))
    with spoilt(key_file, None):
        await kept(actor, numbered(4))
    assert (await vault.status()).unreadable == 0


@contextmanager
def spoilt(file: Path, content: bytes | None) -> Iterator[None]:
    """The file with another content, or taken away, for a while."""
    aside = file.with_name("aside")
    file.rename(aside)
    if content is not None:
        file.write_bytes(content)
        file.chmod(0o600)
    yield
    aside.rename(file)


def comptoir(*words: str, home: Path, **settings: str) -> tuple[int, str]:
    """The command line as people call it: exit code and what it says."""
    given = {f"COMPTOIR_{name.upper()}": text for name, text in settings.items()}
    done = subprocess.run(
        [sys.executable, "-m", "comptoir", *words],
        env={"PATH": os.environ["PATH"], "COMPTOIR_HOME": str(home), **given},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
async def test_the_command_line_makes_keys_rotates_and_drops_what_is_unused(
    key_file: Path, actor, database: str, tmp_path: Path
) -> None:
    await kept(actor)
    given = {"home": tmp_path / "home", "vault_key_file": str(key_file), "database_url": database}

    def run(*words: str) -> dict:
        code, said = comptoir("vault", *words, "--json", **given)  # type: ignore[arg-type]
        assert code == 0, said
        return msgspec.json.decode(said)

    (old,) = run("status")["generations"]
    assert (old["cards"], old["advice"]) == (1, "wraps new cards")
    fresh = run("key")["generation"]
    code, said = comptoir("vault", "key", "--drop", old["generation"], **given)  # type: ignore[arg-type]
    assert (code, "rotate first" in said) == (1, True)
    assert run("rotate") == {"generation": fresh, "wrapped": 1, "left": 0}
    assert run("key", "--drop", old["generation"])["dropped"] == old["generation"]
    assert [row["generation"] for row in run("status")["generations"]] == [fresh]
    assert (await kept(actor)).last4 == "1486"


@pytest.mark.slow
def test_the_command_line_says_what_is_missing(tmp_path: Path, database_url: str) -> None:
    code, said = comptoir("vault", "key", home=tmp_path)
    assert (code, "COMPTOIR_VAULT_KEY_FILE is needed" in said) == (1, True)
    code, said = comptoir(
        "vault", "status", home=tmp_path, database_url=database_url,
        vault_key_file=str(tmp_path / "none"),
    )  # fmt: skip
    assert (code, said.count("\n"), "`comptoir vault key` makes it" in said) == (1, 1, True)
