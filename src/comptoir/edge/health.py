"""Whether the process is alive, whether it can work, and figures for Prometheus."""

from litestar import Response

from comptoir import events, jobs, settings
from comptoir.edge.http import PUBLIC, get
from comptoir.kit import db, metrics
from comptoir.kit.errors import Unavailable
from comptoir.kit.migrate import pending


class NotReady(Unavailable):
    code = "not_ready"
    title = "Not ready to work yet"


@get("/healthz", needs=PUBLIC)
async def alive() -> dict[str, str]:
    """The process answers; nothing else is asked."""
    return {"status": "alive"}


@get("/readyz", needs=PUBLIC)
async def ready() -> dict[str, str]:
    """The database answers, has all migrations, and its queue can be read."""
    waiting = await pending(settings.load().database_url or "")
    if waiting:
        raise NotReady("Migrations are pending", migrations=waiting)
    async with db.platform() as tx:
        await jobs.measure(tx)
    return {"status": "ready"}


@get("/metrics", needs=PUBLIC)
async def figures() -> Response[bytes]:
    """Counters of this process; queue and followers are read from the database."""
    async with db.platform() as tx:
        await jobs.measure(tx)
        await events.measure(tx)
    body, media_type = metrics.render()
    return Response(body, media_type=media_type)


HANDLERS = [alive, ready, figures]
