"""Opening a merchant account: the connector says which credentials and options it takes."""

from typing import Any
from uuid import UUID

import msgspec

from comptoir import gateways, merchants
from comptoir.kit import crypto, db
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Invalid

SANDBOX = "sandbox"


class CredentialMissing(Invalid):
    code = "credential_missing"
    title = "The connector needs a credential that was not given"


class OptionRefused(Invalid):
    code = "option_refused"
    title = "The account does not take this option"


def _options(connector: str, given: dict[str, Any] | None) -> dict[str, Any]:
    """Options as they are kept: those of the sandbox, without what is usual."""
    if connector != SANDBOX:
        if given:
            raise OptionRefused("Only sandbox accounts have options", field="options")
        return {}
    try:
        known = msgspec.convert(given or {}, gateways.SandboxOptions)
    except msgspec.ValidationError as error:
        raise OptionRefused(str(error).replace("`$.", "`options."), field="options") from None
    if sum(known.faults.values()) > 1:
        raise OptionRefused("The rates of all faults are at most 1 together", field="faults")
    kept: dict[str, Any] = msgspec.to_builtins(known)
    return kept


async def set_account_options(
    tx: db.Tx, actor: Actor, account_id: UUID, options: dict[str, Any]
) -> merchants.MerchantAccount:
    """How a sandbox account of the actor's mode behaves from now on."""
    found = await merchants.get_account(tx, account_id, live=actor.live)
    return await merchants.set_options(
        tx, actor, account_id, _options(found.connector, options), name=found.name
    )


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
        credentials=given, options=_options(connector, options),
        capture_days=capture_days or known.capabilities.capture_days,
    )  # fmt: skip
