"""The story itself: the same seed tells the same, another one tells another; nobody is real."""

from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from litestar import Litestar

from comptoir.demo import cast, sign_ins, telling
from comptoir.demo.story import Account, Ground, Payment, Shop
from comptoir.identity import CompanyRole, PlatformRole

END = datetime(2026, 5, 14, 10, 20, tzinfo=UTC)


def ground(plan: cast.CompanyPlan) -> Ground:
    """The company as founding leaves it, with ids that stay the same."""
    accounts = {
        account.slug: Account(UUID(int=place), account.slug, account.name, account.currencies)
        for place, account in enumerate(plan.accounts, 100)
    }
    shops = tuple(
        Shop(shop, UUID(int=place), f"key:k{place}:{shop.name}",
             tuple(accounts[slug] for slug in shop.accounts))
        for place, shop in enumerate(plan.shops, 200)
    )  # fmt: skip
    clerks = ("user:usr_1:Léa Fontaine",)
    return Ground(UUID(int=1), plan.slug, plan.country, ZoneInfo(plan.time_zone), shops, clerks)


def told(plan: cast.CompanyPlan, seed: int) -> list[Payment]:
    return telling.tell(ground(plan), seed, END)


@cache
def stories() -> dict[str, list[Payment]]:
    """One of each company to look at, told once."""
    return {plan.slug: told(plan, 3) for plan in cast.COMPANIES}


def facts(story: list[Payment]) -> list[tuple[Any, ...]]:
    return [
        (p.id, p.order_id, p.shopper.name, o.id, o.kind, o.status, o.code, o.amount_minor, o.at,
         o.gateway_id, o.card.fingerprint)
        for p in story for o in p.operations
    ]  # fmt: skip


@pytest.mark.parametrize("plan", cast.COMPANIES, ids=lambda plan: plan.slug)
def test_the_same_seed_and_end_tell_the_same_story(app: Litestar, plan: cast.CompanyPlan) -> None:
    once = facts(told(plan, 7))
    assert once == facts(told(plan, 7))
    assert once != facts(stories()[plan.slug])


def test_nothing_happens_after_now_or_before_what_it_follows(app: Litestar) -> None:
    for plan in cast.COMPANIES:
        for payment in stories()[plan.slug]:
            for operation in payment.operations:
                assert payment.at <= operation.at <= END
                assert operation.finished_at is None or operation.finished_at <= END
                if operation.parent is not None:
                    assert operation.at > operation.parent.at
                    assert operation.parent in payment.operations


def test_nobody_in_it_can_be_reached(app: Litestar) -> None:
    """Mail, addresses and sites are of domains and networks that belong to nobody."""
    for plan in cast.COMPANIES:
        assert all(shop.website.endswith(".test") for shop in plan.shops)
        for payment in stories()[plan.slug]:
            email, ip = payment.shopper.email, payment.shopper.ip
            ending = email.rpartition("@")[2] if email else "mail.test"
            assert ending.endswith(".test") or ending.startswith("example.")
            assert ip.startswith(("192.0.2.", "198.51.100.", "203.0.113."))
    for person in cast.PEOPLE:
        assert person.email.endswith(".test")


def test_there_is_somebody_of_every_role(app: Litestar) -> None:
    assert {person.role for person in cast.PEOPLE} == {*PlatformRole, *CompanyRole}


def test_passwords_are_strong_different_and_always_the_same(app: Litestar) -> None:
    passwords = [sign_ins.password_of(person.email) for person in cast.PEOPLE]
    assert len(set(passwords)) == len(passwords)
    assert passwords == [sign_ins.password_of(person.email) for person in cast.PEOPLE]
    assert min(map(len, passwords)) >= 16


def test_no_shopper_is_taken_for_another(app: Litestar) -> None:
    """What recognises shoppers is theirs alone, or the story could not be written."""
    for story in stories().values():
        shoppers = {payment.shopper.id: payment.shopper for payment in story}.values()
        for names in (
            [shopper.shop_id for shopper in shoppers if shopper.shop_id],
            [shopper.email for shopper in shoppers if shopper.email],
            [card.fingerprint for shopper in shoppers for card in shopper.cards],
        ):
            assert names
            assert len(set(names)) == len(names)
