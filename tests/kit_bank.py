"""A live gateway that exists in tests only: it approves what it is sent and remembers it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import msgspec

from comptoir import gateways, identity, merchants, payments
from comptoir.gateways.connectors import CONNECTORS
from comptoir.gateways.connectors.sandbox import Sandbox
from comptoir.kit import db
from kit import Shop


class LiveBank(Sandbox):
    """It speaks as the sandbox does, and takes live money."""

    name = "testbank"
    title = "Test bank"
    capabilities = replace(Sandbox.capabilities, live=True)

    def build(self, act: gateways.Act, account: gateways.AccountContext) -> gateways.HttpCall:
        return replace(super().build(act, account), url="testbank://here")


@dataclass
class Charged:
    """What the bank was sent."""

    got: list[dict[str, Any]] = field(default_factory=list)

    async def answer(self, call: gateways.HttpCall) -> gateways.HttpAnswer:
        asked = msgspec.json.decode(call.body or b"{}")
        self.got.append(asked)
        told = {
            "id": f"bank-{asked['reference']}", "reference": asked["reference"],
            "type": asked["type"], "status": "approved", "code": "000",
            "amount": asked["amount"], "currency": asked["currency"],
            "created_at": datetime.now(UTC).isoformat(),
        }  # fmt: skip
        return gateways.HttpAnswer(201, {}, msgspec.json.encode(told))


@contextmanager
def open_bank() -> Iterator[Charged]:
    """The connector is known while the block runs."""
    charged = Charged()
    CONNECTORS[LiveBank.name] = LiveBank()
    gateways.register_transport(LiveBank.name, charged.answer)
    try:
        yield charged
    finally:
        del CONNECTORS[LiveBank.name]


async def live_shop(shop: Shop) -> Shop:
    """The same shop with a live account at the bank and a live key. The vault must be open."""
    everybody = identity.command_line()
    async with db.transaction(company=shop.company.id) as tx:
        account = await payments.open_account(
            tx, everybody, "Live", LiveBank.name, live=True, currencies=("EUR",),
            credentials={"api_key": "live"},
        )  # fmt: skip
        await merchants.set_route(tx, everybody, shop.originator.id, (account.id,), live=True)
    return await shop.with_key(live=True)
