"""What nobody can use any more is forgotten: ended sessions, and links used or too old.

What people did with them stays in the log of security.
"""

from datetime import timedelta

from comptoir.kit import clock, db

KEPT = timedelta(days=30)  # After a session was begun, and after a link's last moment.
BATCH, BATCHES = 10_000, 100


async def forget_entrances() -> int:
    """Delete sessions and links that are older than `KEPT`; how many there were. A schedule."""
    before, gone = clock.now() - KEPT, 0
    for _ in range(BATCHES):
        async with db.platform() as tx:
            sessions = await tx.run(
                "delete from session where id = any(array("
                "select s.id from session s where s.created_at < $1 limit $2))",
                before, BATCH,
            )  # fmt: skip
            links = await tx.run(
                "delete from one_time_link where token_hash = any(array("
                "select l.token_hash from one_time_link l where l.expires_at < $1 limit $2))",
                before, BATCH,
            )  # fmt: skip
        gone += sessions + links
        if max(sessions, links) < BATCH:
            break
    return gone
