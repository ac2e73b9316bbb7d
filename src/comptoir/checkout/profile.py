"""How an originator's hosted payments behave, and what its shop is told about that."""

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from comptoir import events
from comptoir.kit import addresses, clock, db
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Invalid

MAX_ATTEMPTS = 20
MAX_URL, MAX_LINE = 2048, 100
LANGUAGES = frozenset({"en", "es", "fr"})
DAY_SECONDS = 86_400
_ADDRESSES = frozenset({"terms_url", "support_url"})
# Every way to pay that a page or a wallet's own door can take.
_METHODS = frozenset(
    {
        "card", "direct_debit", "bank_transfer", "alipay", "wechat", "upi", "line", "unionpay",
        "bancontact",
    }
)  # fmt: skip


class ThreeDsMode(StrEnum):
    """When the shopper's bank is asked to see its customer."""

    NEVER = "never"
    HONOR = "honor"  # When the shop asks for it, else as the card's bank wants it.
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Profile:
    """The settings of one originator; these are the defaults."""

    max_attempts: int = 3
    methods: tuple[str, ...] = ()  # In the page's order; none: all that the accounts can take.
    three_ds: ThreeDsMode = ThreeDsMode.HONOR
    display_terms: bool = False
    terms_url: str | None = None
    support_url: str | None = None
    sender_name: str | None = None
    sender_email: str | None = None
    notify_success: bool = True
    notify_failure: bool = False
    notify_merchant: bool = False
    notify_merchant_to: str | None = None
    notify_merchant_language: str = "en"
    resend_callbacks: bool = True
    duplicate_seconds: int = 0  # Same order, card and amount within so long: refused (live only).

    def authentication(self, *, asked: bool) -> Literal["off", "auto", "force"]:
        """What a charge says about 3-D Secure; `asked`: the shop wants the bank to look."""
        if self.three_ds is ThreeDsMode.NEVER:
            return "off"
        return "force" if asked or self.three_ds is ThreeDsMode.ALWAYS else "auto"


async def get_profile(tx: db.Tx, originator_id: UUID) -> Profile:
    found = await tx.one(
        Profile,
        "select max_attempts, methods, three_ds, display_terms, terms_url, support_url,"
        " sender_name, sender_email, notify_success, notify_failure, notify_merchant,"
        " notify_merchant_to, notify_merchant_language, resend_callbacks, duplicate_seconds"
        " from checkout_profile where company_id = $1 and originator_id = $2",
        tx.company, originator_id,
    )  # fmt: skip
    return found or Profile()


async def edit_profile(tx: db.Tx, actor: Actor, originator_id: UUID, **changes: Any) -> Profile:
    """Change some settings; the others stay. Raises `Invalid` naming the field."""
    known = {item.name for item in fields(Profile)}
    assert changes.keys() <= known, "only settings are set"
    before = await get_profile(tx, originator_id)
    for name in _ADDRESSES & changes.keys():
        changes[name] = _address(changes[name], name)
    profile = replace(before, **changes)
    _check(profile)
    await tx.run(
        "insert into checkout_profile (company_id, originator_id, max_attempts, display_terms,"
        " terms_url, support_url, sender_name, sender_email, notify_success, notify_failure,"
        " notify_merchant, notify_merchant_to, notify_merchant_language, resend_callbacks,"
        " duplicate_seconds, methods, three_ds, changed_at) values ($1, $2, $3, $4, $5, $6, $7,"
        " $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)"
        " on conflict (company_id, originator_id) do update set"
        " max_attempts = excluded.max_attempts, display_terms = excluded.display_terms,"
        " terms_url = excluded.terms_url, support_url = excluded.support_url,"
        " sender_name = excluded.sender_name, sender_email = excluded.sender_email,"
        " notify_success = excluded.notify_success, notify_failure = excluded.notify_failure,"
        " notify_merchant = excluded.notify_merchant,"
        " notify_merchant_to = excluded.notify_merchant_to,"
        " notify_merchant_language = excluded.notify_merchant_language,"
        " resend_callbacks = excluded.resend_callbacks,"
        " duplicate_seconds = excluded.duplicate_seconds, methods = excluded.methods,"
        " three_ds = excluded.three_ds, changed_at = excluded.changed_at",
        tx.company, originator_id, profile.max_attempts, profile.display_terms, profile.terms_url,
        profile.support_url, profile.sender_name, profile.sender_email, profile.notify_success,
        profile.notify_failure, profile.notify_merchant, profile.notify_merchant_to,
        profile.notify_merchant_language, profile.resend_callbacks, profile.duplicate_seconds,
        list(profile.methods), profile.three_ds, clock.now(),
    )  # fmt: skip
    changed = {name: getattr(profile, name) for name in sorted(changes)}
    told = {name: value for name, value in changed.items() if value != getattr(before, name)}
    await events.record(tx, actor, "checkout.profile_edited", originator_id, changed=told)
    return profile


def _check(profile: Profile) -> None:
    if not 1 <= profile.max_attempts <= MAX_ATTEMPTS:
        raise Invalid("Between 1 and %(most)s attempts", field="max_attempts", most=MAX_ATTEMPTS)
    if profile.notify_merchant_language not in LANGUAGES:
        raise Invalid("The languages are en, es and fr", field="notify_merchant_language")
    if not 0 <= profile.duplicate_seconds <= DAY_SECONDS:
        raise Invalid("Between 0 and %(most)s seconds", field="duplicate_seconds", most=DAY_SECONDS)
    methods = profile.methods
    if len(set(methods)) != len(methods):
        raise Invalid("Each method has one place", field="methods")
    if not _METHODS.issuperset(methods):
        raise Invalid("Choose among the listed methods", field="methods")
    for name in ("sender_email", "notify_merchant_to"):
        _check_email(getattr(profile, name), name)
    if profile.sender_name is not None and len(profile.sender_name) > MAX_LINE:
        raise Invalid("At most %(most)s characters", field="sender_name", most=MAX_LINE)
    if profile.display_terms and profile.terms_url is None:
        raise Invalid("To show the terms, say where they are", field="terms_url")


def _address(url: str | None, name: str) -> str | None:
    """As shops' addresses are read when a payment is prepared."""
    try:
        return None if url is None else addresses.checked(url, MAX_URL)
    except addresses.TooLong:
        raise Invalid("At most %(most)s characters", field=name, most=MAX_URL) from None
    except ValueError:
        raise Invalid("An address begins with https:// and has a host's name", field=name) from None


def _check_email(email: str | None, name: str) -> None:
    """Good enough for a form; a letter that cannot arrive shows among the notifications."""
    if email is None:
        return
    local, at, host = email.partition("@")
    plain = all(c.isprintable() and not c.isspace() for c in email)
    if not (local and at and "." in host and plain and "@" not in host) or len(email) > MAX_LINE:
        raise Invalid("An e-mail address reads name@example.com", field=name)
