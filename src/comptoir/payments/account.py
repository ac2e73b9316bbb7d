"""Opening a merchant account: the connector says which credentials it needs."""

from typing import Any

from comptoir import gateways, merchants
from comptoir.kit import crypto, db
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Invalid

SANDBOX = "sandbox"


class CredentialMissing(Invalid):
    code = "credential_missing"
    title = "The connector needs a credential that was not given"


async def open_account(
    tx: db.Tx,
    actor: Actor,
    name: str,
    connector: str,
    *,
    live: bool,
    currencies: tuple[str, ...],
    contract_number: str | None = None,
    credentials: dict[str, str] | None = None,
    options: dict[str, Any] | None = None,
    capture_days: int | None = None,
) -> merchants.MerchantAccount:
    """A merchant account on a known connector. The sandbox makes its credentials by itself."""
    known = gateways.get_connector(connector)
    given = dict(credentials or {})
    if connector == SANDBOX:
        given = {"api_key": crypto.new_secret(), "webhook_secret": crypto.new_secret(), **given}
    for item in known.credential_fields:
        if item.required and not given.get(item.name):
            raise CredentialMissing(f"{item.label} is needed", field=f"credentials.{item.name}")
    return await merchants.create_account(
        tx, actor, name, connector, live=live, currencies=currencies,
        methods=tuple(sorted(known.capabilities.methods)), contract_number=contract_number,
        credentials=given, options=options,
        capture_days=capture_days or known.capabilities.capture_days,
    )  # fmt: skip
