"""Keys of originators and of the platform."""

from uuid import UUID

import pytest

from comptoir import identity
from comptoir.identity import KeyRefused, PlatformRole
from comptoir.kit import clock, crypto, db, ids
from comptoir.kit.errors import Forbidden, Invalid, NotFound
from identity.people import a_company, a_person, actor_of


async def an_originator(company: UUID, *, live: bool = False) -> tuple[str, str, UUID]:
    """Number, key and id of a new originator, as the merchants' side stores them."""
    originator_id, secret = ids.new(), crypto.new_secret()
    async with db.transaction(company=company) as tx:
        number = await tx.value("select nextval('originator_number')")
        await tx.run(
            "insert into originator (company_id, id, number, name, currency, currencies)"
            " values ($1, $2, $3, 'Shop', 'EUR', '{EUR,USD}')",
            company, originator_id, number,
        )  # fmt: skip
        await tx.run(
            "insert into directory (kind, key_hash, company_id, target_id)"
            " values ('originator', sha256(convert_to($1, 'UTF8')), $2, $3)",
            str(number), company, originator_id,
        )  # fmt: skip
        await tx.run(
            "insert into api_key (company_id, id, originator_id, live, secret_hash, hint,"
            " created_at) values ($1, $2, $3, $4, $5, $6, $7)",
            company, ids.new(), originator_id, live, crypto.digest(secret), secret[-4:],
            clock.now(),
        )  # fmt: skip
    return str(number), secret, originator_id


@pytest.mark.parametrize("live", [True, False])
async def test_a_key_acts_for_its_originator_in_its_own_mode(live):
    company = await a_company()
    number, secret, originator_id = await an_originator(company, live=live)
    actor = await identity.authenticate_key(number, secret, "req-1", live=not live)
    assert (actor.company_id, actor.originator_id, actor.live) == (company, originator_id, live)
    assert actor.permissions == identity.KEY_PERMISSIONS
    assert (actor.platform, actor.request_id) == (False, "req-1")
    key = await identity.find_originator_key(number, secret)
    assert (key.currency, key.currencies) == ("EUR", ("EUR", "USD"))


async def test_a_key_opens_its_own_originator_only():
    company = await a_company()
    number, secret, _ = await an_originator(company)
    other, _, _ = await an_originator(company)
    for name, key in [(other, secret), (number, secret + "x"), (number, ""), ("999999999", secret)]:
        with pytest.raises(KeyRefused):
            await identity.authenticate_key(name, key)


@pytest.mark.parametrize("number", ["", "abc", "-1", "1.5", "٣٣٣٣٣٣", "9" * 40, "Platform"])
async def test_what_is_no_number_is_refused_without_asking_the_database(number):
    with pytest.raises(KeyRefused):
        await identity.authenticate_key(number, "secret")


async def test_a_revoked_key_opens_nothing():
    company = await a_company()
    number, secret, originator_id = await an_originator(company)
    async with db.transaction(company=company) as tx:
        await tx.run(
            "update api_key set revoked_at = now() where company_id = $1 and originator_id = $2",
            company, originator_id,
        )  # fmt: skip
    with pytest.raises(KeyRefused):
        await identity.authenticate_key(number, secret)


async def test_a_key_of_something_switched_off_is_told_so():
    company = await a_company()
    number, secret, _ = await an_originator(company)
    async with db.platform() as tx:
        await tx.run("update company set state = 'suspended' where id = $1", company)
    with pytest.raises(identity.OriginatorDisabled):
        await identity.authenticate_key(number, secret)


async def test_a_platform_key_has_its_roles_permissions_and_the_mode_it_asks_for():
    chief = await actor_of(await a_person())
    key, secret = await identity.create_platform_key(chief, "Nightly report", PlatformRole.SUPPORT)
    actor = await identity.authenticate_key("platform", secret, live=True)
    assert (actor.platform, actor.company_id, actor.live) == (True, None, True)
    assert actor.permissions == identity.of_platform_key(PlatformRole.SUPPORT)
    assert key in await identity.list_platform_keys(chief)
    await identity.revoke_platform_key(chief, key.id)
    with pytest.raises(KeyRefused):
        await identity.authenticate_key("platform", secret)
    with pytest.raises(NotFound):
        await identity.revoke_platform_key(chief, key.id)


async def test_the_secret_of_a_key_is_not_kept():
    chief = await actor_of(await a_person())
    _, secret = await identity.create_platform_key(chief, "Report", PlatformRole.OPERATIONS)
    async with db.lookup() as tx:
        rows = await tx.rows("select name, secret_hash, hint from platform_key")
    assert all(secret.encode() != row["secret_hash"] for row in rows)


async def test_only_administrators_make_platform_keys_and_only_with_roles_for_keys():
    support = await actor_of(await a_person(platform_role="operations"))
    with pytest.raises(Forbidden):
        await identity.create_platform_key(support, "Mine", PlatformRole.SUPPORT)
    with pytest.raises(Invalid):
        await identity.create_platform_key(
            identity.command_line(), "Books", PlatformRole.ACCOUNTANT
        )
