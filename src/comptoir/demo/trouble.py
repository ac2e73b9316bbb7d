"""Bad days: an issuer that cannot be reached, a wrong key, a broken line, stolen cards on trial."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from comptoir.demo.rhythm import local
from comptoir.demo.story import Account, chance

FRAUD_IP = "203.0.113.66"
FRAUD_EMAIL = "fast.checkout@mail.test"
BURST_DAYS_AGO = 18
BLOCKED_DAYS_AGO = 17


@dataclass(frozen=True, slots=True)
class Incident:
    """What an account's charges met between two moments."""

    account: str
    begins: datetime
    ends: datetime
    permille: int
    status: str
    code: str | None = None
    fault: str | None = None


def incidents(end: datetime, zone: ZoneInfo) -> tuple[Incident, ...]:
    """The same bad days for everybody; each names the account that it happened to."""

    def on(days_ago: int, hour: int, minutes: int) -> tuple[datetime, datetime]:
        day = end.astimezone(zone).date() - timedelta(days=days_ago)
        begins = local(day, zone, hour)
        return begins, begins + timedelta(minutes=minutes)

    return (
        Incident("alisio", *on(23, 18, 110), 620, "declined", "091"),
        # A credential was replaced and not told; the gateway refused every request.
        Incident("orient", *on(41, 11, 150), 1000, "rejected", "003"),
        Incident("phare", *on(12, 18, 80), 800, "not_sent", None, "refused"),
    )


def met(
    known: tuple[Incident, ...], dice: Random, account: Account, at: datetime
) -> Incident | None:
    """The incident that a charge at that moment runs into, if any."""
    for incident in known:
        if incident.account == account.slug and incident.begins <= at < incident.ends:
            return incident if chance(dice, incident.permille) else None
    return None
