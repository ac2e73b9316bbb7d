"""Sealing, keyed hashes and the key file."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from comptoir.kit import crypto
from comptoir.kit.crypto import BadKey, NotOurs


@pytest.fixture(autouse=True)
def own_key() -> Iterator[None]:
    """These tests change the key; whatever was loaded comes back."""
    before = crypto._master
    crypto.load(b"k" * 32)
    yield
    crypto.load(before or b"k" * 32)


def test_what_is_sealed_opens_for_its_purpose_and_owner_only():
    sealed = crypto.seal("totp", b"secret", b"ada")
    assert crypto.open_sealed("totp", sealed, b"ada") == b"secret"
    assert b"secret" not in sealed
    for purpose, owner in [("totp", b"bob"), ("credentials", b"ada")]:
        with pytest.raises(NotOurs):
            crypto.open_sealed(purpose, sealed, owner)


def test_the_same_text_is_never_sealed_to_the_same_bytes():
    assert crypto.seal("totp", b"secret", b"ada") != crypto.seal("totp", b"secret", b"ada")


def test_every_changed_byte_is_noticed():
    sealed = crypto.seal("totp", b"secret", b"ada")
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(NotOurs):
            crypto.open_sealed("totp", bytes(changed), b"ada")
    for short in (b"", sealed[:10], sealed[:17]):
        with pytest.raises(NotOurs):
            crypto.open_sealed("totp", short, b"ada")


def test_another_installations_key_opens_nothing_and_is_named_as_the_reason():
    sealed = crypto.seal("totp", b"secret", b"ada")
    crypto.load(b"x" * 32)
    with pytest.raises(NotOurs, match="another key"):
        crypto.open_sealed("totp", sealed, b"ada")


def test_a_fingerprint_is_the_same_for_the_same_text_purpose_and_key():
    mark = crypto.fingerprint("card", "4111111111111111")
    assert mark == crypto.fingerprint("card", "4111111111111111")
    assert mark != crypto.fingerprint("card", "4111111111111112")
    assert mark != crypto.fingerprint("email", "4111111111111111")
    crypto.load(b"x" * 32)
    assert mark != crypto.fingerprint("card", "4111111111111111")


def test_a_key_file_is_made_once_and_is_for_its_owner_only(tmp_path: Path):
    path = tmp_path / "home" / "secret.key"
    key = crypto.ensure_key_file(path)
    assert len(key) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert crypto.ensure_key_file(path) == key
    assert [p.name for p in path.parent.iterdir()] == ["secret.key"]


def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path):
    path, found = tmp_path / "secret.key", []
    starters = [
        threading.Thread(target=lambda: found.append(crypto.ensure_key_file(path)))
        for _ in range(8)
    ]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join()
    assert len(set(found)) == 1
    assert len(found) == 8


@pytest.mark.parametrize("text", ["", "abc", "zz" * 32, "ab" * 31, "ab" * 33])
def test_a_file_without_a_whole_key_is_refused_by_its_name(tmp_path: Path, text: str):
    path = tmp_path / "secret.key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(BadKey, match=r"secret\.key") as refused:
        crypto.ensure_key_file(path)
    assert not text or text not in str(refused.value)


def test_a_key_file_open_to_others_is_refused(tmp_path: Path):
    path = tmp_path / "secret.key"
    crypto.ensure_key_file(path)
    path.chmod(0o644)
    with pytest.raises(BadKey, match="chmod 600"):
        crypto.ensure_key_file(path)


def test_a_key_has_its_length():
    with pytest.raises(BadKey):
        crypto.load(b"short")
