"""What the doctor finds, and what it advises."""

import os
from collections.abc import Callable
from dataclasses import replace

import asyncpg
import pytest

from comptoir.kit import migrate
from comptoir.supervisor import Cluster, Finding, Level, diagnose
from comptoir.supervisor import home as homes


async def wrong(*args: object, **others: object) -> list[Finding]:
    """What the doctor wants mended."""
    found = await diagnose(*args, **others)  # type: ignore[arg-type]
    return [finding for finding in found if finding.level in {Level.WARNING, Level.ERROR}]


@pytest.fixture
def healthy(settings, port):
    return replace(settings, port=port)


async def test_a_healthy_installation_has_nothing_to_mend(made_home, healthy):
    async with Cluster(made_home, healthy) as url:
        await migrate.migrate(url)
        assert await wrong(healthy, pending=migrate.pending) == []
        found = await diagnose(healthy, pending=migrate.pending)
        titles = [finding.title for finding in found]
        assert "Every migration is applied" in titles
    # Both lines say the same release: of the binaries, and of the server that runs from them.
    [binaries] = [title.split()[1] for title in titles if title.startswith("PostgreSQL ")]
    assert f"The database answers (PostgreSQL {binaries})" in titles


async def test_a_machine_without_a_home_yet_has_nothing_to_mend(home, healthy):
    assert await wrong(replace(healthy, home=home / "new")) == []


async def test_waiting_migrations_and_missing_roles_are_found(made_home, healthy):
    async with Cluster(made_home, healthy):
        found = await wrong(healthy, pending=migrate.pending)
    assert [finding.mend for finding in found] == ["comptoir migrate", "comptoir migrate"]


async def test_unknown_and_bad_settings_are_named_without_their_values():
    environ = {"COMPTOIR_HOEM": "/secret", "COMPTOIR_PORT": "secret", "HOME": "/root"}
    found = await wrong(environ=environ)
    assert [finding.mend.split()[1].rstrip(",") for finding in found[:2]] == [
        "COMPTOIR_HOEM",
        "COMPTOIR_PORT",
    ]
    assert "secret" not in "".join(finding.title for finding in found)


async def test_what_is_wrong_with_the_vaults_keys_is_found(home, healthy):
    file = home / "vault.key"
    notes = [found.title for found in await diagnose(healthy) if found.level is Level.NOTE]
    assert "There is no vault key: live card numbers are refused" in notes
    healthy = replace(healthy, vault_key_file=file)
    (missing,) = await wrong(healthy)
    assert "comptoir vault key" in missing.mend
    file.write_text("secret")
    file.chmod(0o640)
    (open_to_others,) = await wrong(healthy)
    assert open_to_others.mend == f"chmod 600 {file}"
    file.chmod(0o600)
    assert await wrong(healthy) == []
    (twice,) = await wrong(replace(healthy, vault_keys="secret"))
    assert "secret" not in twice.title + twice.mend


async def test_a_key_that_others_can_read_is_found(home, healthy):
    healthy.key_file.write_text("key")
    healthy.key_file.chmod(0o644)
    (found,) = await wrong(healthy)
    assert found.mend == f"chmod 600 {healthy.key_file}"


async def test_data_of_another_version_are_explained(made_home, healthy):
    (made_home / "postgres" / "data" / "PG_VERSION").write_text("13\n")
    (found,) = await wrong(healthy)
    assert "PostgreSQL 13" in found.title
    assert "pg_dump" in found.mend


async def test_a_port_of_another_program_is_found(healthy, listener: Callable[[int], None]):
    listener(healthy.port)
    (found,) = await wrong(healthy)
    assert f"port {healthy.port}" in found.title


async def test_a_database_that_does_not_answer_is_found_without_its_password(healthy):
    url = "postgresql://comptoir:secret@127.0.0.1:1/comptoir"
    (found,) = await wrong(replace(healthy, database_url=url))
    assert "does not answer" in found.title
    assert "secret" not in found.title + found.mend


async def test_half_of_the_operation_numbers_used_is_a_warning(made_home, healthy):
    async with Cluster(made_home, healthy) as url:
        await migrate.migrate(url)
        connection = await asyncpg.connect(url)
        await connection.execute("set role comptoir_owner")
        await connection.execute("select setval('operation_number_block', 1100000000)")
        await connection.close()
        (found,) = await wrong(healthy)
    assert (found.level, found.title) == (
        Level.WARNING,
        "51 % of all operation numbers are used",
    )


async def test_a_database_that_may_forget_is_an_error(made_home, healthy):
    (made_home / "postgres" / "data" / "own.conf").write_text("synchronous_commit = off\n")
    async with Cluster(made_home, healthy) as url:
        await migrate.migrate(url)
        (found,) = await wrong(healthy)
    assert "synchronous_commit = off" in found.title


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives privileges up")
async def test_a_home_behind_a_closed_folder_is_found(home, healthy):
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    (found,) = await wrong(replace(healthy, home=homes.prepare(closed / "home")))
    assert found.mend.startswith(f"chmod o+x {closed}")
