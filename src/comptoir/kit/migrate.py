"""Migrations: plain SQL, forward only, in the format and with the books of pogo.

First the four roles of the design are made (they belong to the whole server), then the files of
this folder are applied as `comptoir_owner`, all of it under one advisory lock.
"""

from pathlib import Path

import asyncpg
from pogo_core.error import BadMigrationError
from pogo_core.migration import Migration, topological_sort
from pogo_core.util.migrate import transaction
from pogo_core.util.sql import ensure_pogo_sync, migration_applied, read_migrations

LOCK = 0x636F6D70  # "comp": one migration at a time on a server.
FOLDER = Path(__file__).parents[1] / "migrations"

_ROLES = """
do $$
declare
    name text;
begin
    foreach name in array array[
        'comptoir_owner', 'comptoir_app', 'comptoir_platform', 'comptoir_lookup'
    ] loop
        if not exists (select from pg_roles where rolname = name) then
            begin
                execute format('create role %I nologin noinherit', name);
            exception when duplicate_object or unique_violation then
                null;  -- Another database of this server was quicker.
            end;
        end if;
        if not pg_has_role(current_user, name, 'member') or
            not (select rolsuper from pg_roles where rolname = current_user) then
            execute format('grant %I to current_user', name);
        end if;
    end loop;
    execute format('grant create, connect on database %I to comptoir_owner', current_database());
end
$$;
grant comptoir_lookup to comptoir_owner;
grant usage, create on schema public to comptoir_owner, comptoir_lookup;
grant usage on schema public to comptoir_app, comptoir_platform;
"""


async def pending(url: str) -> list[str]:
    """Names of the migrations that this database has not seen yet."""
    connection = await asyncpg.connect(url)
    try:
        exists = await connection.fetchval("select to_regclass('public._pogo_migration')")
        known = connection if exists else None
        return sorted(migration.id for migration in await _missing(known))
    finally:
        await connection.close()


async def migrate(url: str) -> list[str]:
    """Bring the database of `url` up to date; the names of what was applied."""
    waiting = await pending(url)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("select pg_advisory_lock($1)", LOCK)
        await connection.execute("set client_min_messages = warning")
        await connection.execute(_ROLES)
        await connection.execute("set role comptoir_owner")
        await connection.execute("set lock_timeout = '5s'")
        await _apply_missing(connection)
        # After a restore into another server; does nothing otherwise.
        await connection.execute("select adopt_event_log_v1()")
    finally:
        await connection.close()
    return waiting


async def _apply_missing(connection: asyncpg.Connection) -> None:
    """As pogo's own `apply`, which reads every file twice, also those applied long ago."""
    await ensure_pogo_sync(connection)
    missing = [migration.load() for migration in await _missing(connection)]
    for migration in topological_sort(missing):
        try:
            async with transaction(connection, migration):
                await migration.apply(connection)
                await migration_applied(
                    connection, migration.id, migration.hash, schema_name="public"
                )
        except asyncpg.PostgresError as trouble:
            raise BadMigrationError(f"Failed to apply {migration.id}") from trouble


async def _missing(known: asyncpg.Connection | None) -> list[Migration]:
    found = await read_migrations(FOLDER, known, schema_name="public")
    return [migration for migration in found if not migration.applied]
