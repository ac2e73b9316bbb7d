"""`comptoir up` starts nothing that could not work."""

from pathlib import Path

import pytest

from kit_cli import Line


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("vault_key_file", None, "Bring it back: without it no stored card can be read"),
        ("vault_key_file", "nonsense", "Line 1 of the vault's keys is not"),
        ("secret_key_file", "nonsense", "does not hold a key"),
    ],
)
async def test_up_without_usable_keys_says_so_and_ends(
    typed: Line, tmp_path: Path, port: int, name: str, content: str | None, why: str
) -> None:
    file = tmp_path / f"{name}.key"
    if content is not None:
        file.write_text(content)
        file.chmod(0o600)
    said = await typed("up", "--empty", port=str(port), workers="1", **{name: str(file)})
    assert str(file) in said.refusal or "Line 1" in said.refusal
    assert why in said.refusal
    assert not (typed.home / "logs").exists()


async def test_keys_that_can_be_read_are_well(typed: Line, tmp_path: Path) -> None:
    file = str(tmp_path / "vault.key")
    assert (await typed("vault", "key", vault_key_file=file)).code == 0
    said = await typed("vault", "check", vault_key_file=file)
    assert (said.code, said.out, said.err) == (0, "", "")


async def test_a_command_without_a_usable_key_says_so(typed: Line, tmp_path: Path) -> None:
    file = tmp_path / "secret.key"
    file.write_text("nonsense")
    said = await typed("company", "list", secret_key_file=str(file))
    assert "secret.key" in said.refusal
