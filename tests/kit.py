"""Factories and front doors for tests: a shop with keys, an API client, many at once."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import httpx
from litestar import Litestar

from comptoir import identity, merchants, payments
from comptoir.gateways import simulator
from comptoir.identity import PlatformRole
from comptoir.kit import db, ids
from comptoir.kit.actor import Actor
from kit_jobs import run_jobs

__all__ = [
    "Shop", "allow_credits", "as_role", "at_once", "charges", "entries", "make_shop",
    "operation_of", "platform_client", "run_jobs",
]  # fmt: skip

VISA = "4111111111111111"
_orders = itertools.count(1)


@dataclass
class Shop:
    """A company with one originator, a test account on the sandbox and a test key."""

    company: merchants.Company
    originator: merchants.Originator
    account: merchants.MerchantAccount
    secret: str
    app: Litestar

    @property
    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app),  # type: ignore[arg-type]
            base_url="http://testserver",
            auth=(str(self.originator.number), self.secret),
        )

    async def get(self, path: str, **params: Any) -> httpx.Response:
        async with self.client as client:
            return await client.get(f"/api/v1{path}", params=params)

    async def post(
        self, path: str, body: dict[str, Any] | None = None, *, key: str | None = None
    ) -> httpx.Response:
        headers = {} if key is None else {"Idempotency-Key": key}
        async with self.client as client:
            return await client.post(f"/api/v1{path}", json=body or {}, headers=headers)

    async def pay(
        self, amount: int = 1000, *, key: str | None = None, **more: Any
    ) -> httpx.Response:
        """A payment by the everyday test card, a sale unless said otherwise."""
        number = more.pop("number", VISA)
        card = more.pop(
            "card", {"number": number, "expiry_month": 10, "expiry_year": 2030, "cvc": "123"}
        )
        body = {
            "amount": amount,
            "currency": more.pop("currency", "EUR"),
            "order_id": more.pop("order_id", f"order-{next(_orders)}"),
            "card": card,
            **more,
        }
        return await self.post("/payments", body, key=key)

    async def paid(self, amount: int = 1000, **more: Any) -> dict[str, Any]:
        """A payment that succeeds; its operation."""
        answer = await self.pay(amount, **more)
        assert (answer.status_code, answer.json()["status"]) == (201, "succeeded"), answer.text
        return dict(answer.json())

    async def follow(
        self, origin: dict[str, Any], what: str, amount: int | None = None, **more: Any
    ) -> httpx.Response:
        """`captures`, `refunds`, `cancels`, `rebills` or `credits` of an operation."""
        body = {} if amount is None else {"amount": amount}
        return await self.post(f"/operations/{origin['id']}/{what}", body, **more)

    async def with_key(self, *, live: bool) -> "Shop":
        """The same shop, calling with a new key of that mode."""
        everybody = identity.command_line()
        async with db.transaction(company=self.company.id) as tx:
            _, secret = await merchants.create_key(tx, everybody, self.originator.id, live=live)
        return replace(self, secret=secret)

    async def stored(self, operation: dict[str, Any]) -> payments.Operation:
        """The operation as the domain has it."""
        wanted = ids.untype("op", operation["id"])
        async with db.transaction(company=self.company.id) as tx:
            return await payments.get_operation(tx, self.actor(), wanted)

    def actor(self, *, live: bool = False) -> Actor:
        return Actor(
            kind=identity.command_line().kind,
            id="test",
            name="Test",
            company_id=self.company.id,
            live=live,
            permissions=frozenset(identity.Permission),
        )


async def make_shop(
    app: Litestar,
    name: str = "Shop",
    currencies: tuple[str, ...] = ("EUR", "JPY", "KWD"),
    **options: Any,
) -> Shop:
    """A company ready to be paid in these currencies on the sandbox."""
    everybody = identity.command_line()
    company = await merchants.create_company(everybody, name, country="ES")
    async with db.transaction(company=company.id) as tx:
        originator = await merchants.create_originator(
            tx, everybody, f"{name} online", currencies[0], currencies=currencies[1:]
        )
        account = await payments.open_account(
            tx, everybody, f"{name} sandbox", "sandbox", live=False,
            currencies=currencies, options=options,
        )  # fmt: skip
        await merchants.set_route(tx, everybody, originator.id, (account.id,), live=False)
        _, secret = await merchants.create_key(tx, everybody, originator.id, live=False)
    return Shop(company, originator, account, secret, app)


async def platform_client(
    app: Litestar, role: str = "administrator", **headers: str
) -> httpx.AsyncClient:
    """A client with a platform key; headers such as `comptoir_company`, `comptoir_mode`."""
    _, secret = await identity.create_platform_key(
        identity.command_line(), "Tests", PlatformRole(role)
    )
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),  # type: ignore[arg-type]
        base_url="http://testserver/api/v1",
        auth=("platform", secret),
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


async def at_once(times: int, act: Callable[[], Awaitable[Any]]) -> list[Any]:
    """The same thing many times at the same time."""
    return list(await asyncio.gather(*(act() for _ in range(times))))


async def operation_of(shop: Shop, name: str) -> dict[str, Any]:
    answer = await shop.get(f"/operations/{name}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def entries(company: UUID) -> dict[tuple[str, str], int]:
    """Balance by ledger account and currency."""
    async with db.transaction(company=company) as tx:
        rows = await tx.rows(
            "select account, currency::text as currency, sum(amount_minor)::bigint as total"
            " from entry group by account, currency order by 1, 2"
        )
    return {(row["account"], row["currency"]): row["total"] for row in rows}


async def charges(shop: Shop) -> list[Any]:
    """What the sandbox gateway really did for a shop's account."""
    return await simulator.charges(shop.company.id, shop.account.id)


async def as_role(company: UUID, role: str, sql: str, *args: object) -> int:
    """One statement on a company's rows as a database role; `$1` is the company."""
    async with db.transaction(company=company) as tx:
        await tx.connection.execute(f"set local role {role}")
        return await tx.run(sql, company, *args)


async def allow_credits(shop: Shop, limit: int | None = None) -> None:
    """The shop may send money out without a payment to refer to."""
    await as_role(
        shop.company.id, "comptoir_app",
        "update originator set credit_allowed = true, credit_limit_minor = $2"
        " where company_id = $1",
        limit,
    )  # fmt: skip
