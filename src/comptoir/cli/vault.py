"""`vault`: the keys of the stored cards: what they wrap, wrapping anew, a new generation."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter
from rich.console import Console
from rich.progress import Progress

from comptoir import settings as configuration
from comptoir import supervisor
from comptoir import vault as vaulting
from comptoir.cli.office import opened, show, show_one
from comptoir.kit import crypto
from comptoir.kit.errors import Conflict
from comptoir.settings import BadSetting

vault = App(name="vault", help="Stored cards and the keys that open them.")

Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]


def _advice(item: vaulting.GenerationStatus) -> str:
    if item.made_on is None:
        return "its key is missing: these cards cannot be read"
    if item.newest:
        return "wraps new cards"
    if item.removable:
        return f"can be removed: comptoir vault key --drop {item.id}"
    return "waits for comptoir vault rotate"


@vault.command(name="status")
async def vault_status(*, as_json: Json = False) -> None:
    """Which generations there are and how many cards use each; exit code 1 if a key is missing."""
    async with opened():
        found = await vaulting.status()
    rows: list[dict[str, Any]] = [
        {
            "generation": item.id,
            "made": None if item.made_on is None else item.made_on.isoformat(),
            "cards": item.cards,
            "newest": item.newest,
            "advice": _advice(item),
        }
        for item in found.generations
    ]
    if as_json:
        show_one({"generations": rows, "destroyed": found.destroyed}, as_json=True)
    else:
        show(rows, as_json=False, empty="")
        show_one({"cards destroyed": found.destroyed}, as_json=False)
    if found.unreadable:
        raise SystemExit(1)


@vault.command(name="rotate")
async def vault_rotate(*, as_json: Json = False) -> None:
    """Wrap every card's key by the newest generation, while payments go on; safe to run again."""
    async with opened():
        with Progress(console=Console(stderr=True), disable=as_json) as bar:
            task = bar.add_task("wrapping anew", total=None)
            done = await vaulting.rotate(
                lambda wrapped, total: bar.update(task, completed=wrapped, total=total)
            )
    show_one(
        {"generation": done.generation, "wrapped": done.wrapped, "left": done.left},
        as_json=as_json,
    )
    if done.left:
        raise SystemExit(1)


@vault.command(name="key")
async def vault_key(
    *,
    drop: Annotated[
        str | None, Parameter(help="Forget this generation instead, if no card needs it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a new generation, first in the key file; the file is made if it is not there yet."""
    file = _key_file()
    if drop is None:
        made = vaulting.add_generation(file)
        show_one({"generation": made.id, "file": str(file)}, as_json=as_json)
        return
    async with opened():
        await vaulting.check_unused(drop)
    vaulting.drop_generation(file, drop)
    show_one({"dropped": drop, "file": str(file)}, as_json=as_json)


@vault.command(name="check")
def vault_check() -> None:
    """Whether the keys can be read: the vault's and the installation's; needs no database."""
    chosen = configuration.load()
    found = supervisor.vault_keys(chosen)
    if found.level is supervisor.Level.ERROR:
        raise supervisor.Trouble(f"{found.title}. {found.mend}")
    vaulting.load(chosen.vault_key_file, chosen.vault_keys)
    if not chosen.key_file.exists():
        return  # The first start makes it.
    try:
        crypto.ensure_key_file(chosen.key_file)
    except crypto.BadKey as error:
        raise supervisor.Trouble(str(error)) from None


def _key_file() -> Path:
    chosen = configuration.load()
    if chosen.vault_keys is not None:
        raise Conflict("The vault's keys come from COMPTOIR_VAULT_KEYS: change them there")
    if chosen.vault_key_file is None:
        raise BadSetting(
            "COMPTOIR_VAULT_KEY_FILE is needed: a file apart from the database and its backups"
        )
    return chosen.vault_key_file.expanduser().absolute()
