"""Offers: terms that an originator keeps under a number, for its shops to name."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from comptoir import events
from comptoir.kit import clock, db, ids
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Invalid, NotFound
from comptoir.kit.money import Money
from comptoir.subscriptions.terms import Terms, check_terms

LIST_LIMIT = 500
_SELECT = (
    "select id, company_id, number, live, originator_id, name, description, kind,"
    " currency::text as currency, trial_minor, trial_period, rebill_minor, rebill_period,"
    " rebill_max, state, created_at from offer"
)


@dataclass(frozen=True, slots=True)
class Offer:
    id: UUID
    company_id: UUID
    number: int
    live: bool
    originator_id: UUID
    name: str
    description: str
    kind: str
    currency: str
    trial_minor: int | None
    trial_period: str | None
    rebill_minor: int
    rebill_period: str | None
    rebill_max: int | None
    state: str
    created_at: datetime

    @property
    def terms(self) -> Terms:
        return Terms(
            self.kind, self.rebill_minor, self.rebill_period, self.rebill_max, self.trial_period,
            self.number,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ListedOffer:
    """An offer as the back office lists it, with its originator and how many follow it now."""

    id: UUID
    company_id: UUID
    number: int
    name: str
    description: str
    kind: str
    rebill: Money
    rebill_period: str | None
    rebill_max: int | None
    trial: Money | None
    trial_period: str | None
    state: str
    created_at: datetime
    originator: str
    originator_number: int
    company: str
    running: int


async def create_offer(
    tx: db.Tx,
    actor: Actor,
    originator_id: UUID,
    name: str,
    currency: str,
    terms: Terms,
    *,
    trial_minor: int | None = None,
    description: str = "",
) -> Offer:
    check_terms(terms)
    if not 1 <= len(name.strip()) <= 32:
        raise Invalid("A name has 1 to 32 characters", field="name")
    number = int(await tx.value("select nextval('offer_number')"))
    offer_id = ids.new()
    await tx.run(
        "insert into offer (company_id, id, number, live, originator_id, name, description, kind,"
        " currency, trial_minor, trial_period, rebill_minor, rebill_period, rebill_max, created_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        tx.company, offer_id, number, actor.live, originator_id, name.strip(), description[:512],
        terms.kind, currency, trial_minor, terms.trial_period, terms.rebill_minor,
        terms.rebill_period, terms.rebill_max, clock.now(),
    )  # fmt: skip
    await events.record(tx, actor, "offer.created", offer_id, number=number, name=name)
    return await get_offer(tx, actor, number, originator_id)


async def set_offer_state(tx: db.Tx, actor: Actor, offer_id: UUID, state: str) -> None:
    if state not in {"enabled", "disabled"}:
        raise Invalid("An offer is enabled or disabled", field="state")
    if not await tx.run(
        "update offer set state = $4 where company_id = $1 and id = $2 and live = $3",
        tx.company, offer_id, actor.live, state,
    ):  # fmt: skip
        raise NotFound
    await events.record(tx, actor, "offer.edited", offer_id, state=state)


async def get_offer(tx: db.Tx, actor: Actor, number: int, originator_id: UUID | None) -> Offer:
    """An originator's offer by its number; raises `NotFound`."""
    found = await tx.one(
        Offer,
        _SELECT + " where company_id = $1 and number = $2 and live = $3"
        " and ($4::uuid is null or originator_id = $4)",
        tx.company, number, actor.live, originator_id,
    )  # fmt: skip
    if found is None:
        raise NotFound
    return found


async def list_offers(tx: db.Tx, actor: Actor, originator_id: UUID) -> list[Offer]:
    return await tx.all(
        Offer,
        _SELECT + " where company_id = $1 and originator_id = $2 and live = $3"
        " order by number limit $4",
        tx.company, originator_id, actor.live, LIST_LIMIT,
    )  # fmt: skip


async def list_all_offers(tx: db.Tx, actor: Actor) -> list[ListedOffer]:
    """Every offer that the actor may see, by number (of all companies, for staff)."""
    return await tx.all(
        ListedOffer,
        "select f.id, f.company_id, f.number, f.name, f.description, f.kind, f.rebill_minor,"
        " f.currency::text as currency, f.rebill_period, f.rebill_max, f.trial_minor,"
        " f.trial_period, f.state, f.created_at, g.name as originator,"
        " g.number as originator_number, c.name as company,"
        " (select count(*) from subscription s where s.company_id = f.company_id"
        "  and s.offer_id = f.id and s.next_at is not null) as running"
        " from offer f join originator g on g.company_id = f.company_id and g.id = f.originator_id"
        " join company c on c.id = f.company_id"
        " where f.live = $1 and ($2::uuid is null or f.company_id = $2)"
        " order by f.number limit $3",
        actor.live, actor.company_id, LIST_LIMIT,
    )  # fmt: skip
