"""What every process opens before it works: the key, the database, the sandbox gateway."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from comptoir import gateways, traffic, vault
from comptoir.gateways import simulator
from comptoir.kit import background, crypto, db, http, mail, metrics
from comptoir.settings import BadSetting, Settings

SANDBOX_POOL = 4


@asynccontextmanager
async def running(settings: Settings, *, pool: int = 10) -> AsyncIterator[None]:
    """Open everything, and close it in the opposite order. Needs a database that answers."""
    if settings.database_url is None:
        raise BadSetting("COMPTOIR_DATABASE_URL is needed: `comptoir up` sets it for its processes")
    crypto.load(crypto.ensure_key_file(settings.key_file))
    vault.load(settings.vault_key_file, settings.vault_keys)
    mail.configure(outbox=settings.outbox, smtp_url=settings.smtp_url, sender=settings.mail_from)
    await db.connect(settings.database_url, size=pool)
    await simulator.connect(settings.database_url, size=SANDBOX_POOL)
    gateways.register_transport("sandbox", simulator.transport)
    gateways.observe(_observed)
    traffic.start()
    try:
        yield
    finally:
        await background.drain()
        await traffic.stop()
        await http.close()
        await simulator.close()
        await db.close()


def _observed(
    connector: str,
    kind: gateways.ActKind,
    status: gateways.OutcomeStatus,
    seconds: float,
    _fault: gateways.FaultKind | None,
) -> None:
    metrics.GATEWAY_CALLS.labels(connector, kind, status).inc()
    metrics.GATEWAY_SECONDS.labels(connector).observe(seconds)
