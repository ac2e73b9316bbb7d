"""`/api/v1/originators/{id}/…`: what an originator's payments do and say, its themes, its keys.

Read with any key, changed with a platform key. What a PATCH leaves out stays.
"""

import base64
import binascii
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from comptoir import checkout, merchants
from comptoir.api import shapes
from comptoir.api.listing import ApiPage
from comptoir.api.merchants import Currencies, Key
from comptoir.edge.auth import company_of
from comptoir.edge.http import get, patch, post
from comptoir.identity import Permission
from comptoir.kit import db, ids
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Invalid

PATH = "/api/v1/originators/{originator_id:str}"
TAGS = ["Originators"]
Address = Annotated[str, Meta(max_length=2048, pattern=r"^https?://[^\s\u0000]+$")]
Short = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[^\u0000]+$")]
Method = Literal["card", "direct_debit", "bank_transfer", "alipay", "wechat", "upi"]
Colour = Annotated[str, Meta(pattern="^#[0-9a-fA-F]{6}$", examples=["#0b5fcc"])]
ThemeName = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\u0000]*[^\s\u0000]$")]
ShopName = Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^[^\u0000]+$")]
Picture = Annotated[str, Meta(max_length=270_000, description="PNG, JPEG or WebP as base64")]


class OriginatorChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: shapes.Line | UnsetType = UNSET
    currency: shapes.Currency | UnsetType = UNSET
    currencies: Currencies | UnsetType = UNSET
    descriptor: Annotated[str, Meta(max_length=25, pattern=r"^[^\u0000]*$")] | UnsetType | None = (
        UNSET
    )
    website: shapes.Line | UnsetType | None = UNSET
    default_operation: Literal["sale", "authorize"] | UnsetType = UNSET
    state: Literal["active", "disabled"] | UnsetType = UNSET


class Settings(msgspec.Struct, frozen=True):
    """How an originator's payments behave; `/account` tells its shop the same."""

    max_attempts: int
    methods: list[str]
    three_ds: str
    display_terms: bool
    terms_url: str | None
    support_url: str | None
    sender_name: str | None
    sender_email: str | None
    notify_success: bool
    notify_failure: bool
    notify_merchant: bool
    notify_merchant_to: str | None
    notify_merchant_language: str
    resend_callbacks: bool
    duplicate_seconds: int


class SettingsChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    max_attempts: Annotated[int, Meta(ge=1, le=20)] | UnsetType = UNSET
    methods: Annotated[list[Method], Meta(max_length=6)] | UnsetType = UNSET
    three_ds: Literal["never", "honor", "always"] | UnsetType = UNSET
    display_terms: bool | UnsetType = UNSET
    terms_url: Address | UnsetType | None = UNSET
    support_url: Address | UnsetType | None = UNSET
    sender_name: Short | UnsetType | None = UNSET
    sender_email: shapes.Email | UnsetType | None = UNSET
    notify_success: bool | UnsetType = UNSET
    notify_failure: bool | UnsetType = UNSET
    notify_merchant: bool | UnsetType = UNSET
    notify_merchant_to: shapes.Email | UnsetType | None = UNSET
    notify_merchant_language: Literal["en", "es", "fr"] | UnsetType = UNSET
    resend_callbacks: bool | UnsetType = UNSET
    duplicate_seconds: Annotated[int, Meta(ge=0, le=86_400)] | UnsetType = UNSET


class Theme(msgspec.Struct, frozen=True):
    """A look of the payment page. `id` is the wire's `themeID`; 0 is the look as delivered."""

    id: int
    name: str
    main: bool
    shop_name: str | None
    primary_colour: str
    background: str
    text_colour: str
    radius: int
    logo_type: str | None


class NewTheme(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: ThemeName


class ThemeChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: ThemeName | UnsetType = UNSET
    shop_name: ShopName | UnsetType | None = UNSET
    primary_colour: Colour | UnsetType = UNSET
    background: Colour | UnsetType = UNSET
    text_colour: Colour | UnsetType = UNSET
    radius: Annotated[int, Meta(ge=0, le=24)] | UnsetType = UNSET
    logo: Picture | UnsetType | None = UNSET
    main: bool | UnsetType = UNSET  # True makes it the usual one; false changes nothing.


class KeyFacts(msgspec.Struct, frozen=True):
    """A key without its secret."""

    id: str
    live: bool
    hint: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class Overlap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    hours: Annotated[int, Meta(ge=0, le=720, description="The old key goes on so long")] = 24


def _set(data: msgspec.Struct) -> dict[str, Any]:
    """What a body names."""
    return {name: value for name in data.__struct_fields__
            if (value := getattr(data, name)) is not UNSET}  # fmt: skip


@patch(PATH, needs=Permission.ORIGINATOR_WRITE, tags=TAGS)
async def change_originator(
    actor: Actor, originator_id: str, data: OriginatorChange
) -> shapes.Originator:
    """Change an originator; what is left out stays."""
    changes = _set(data)
    if "currencies" in changes:
        changes["currencies"] = tuple(changes["currencies"])
    async with db.transaction(company=company_of(actor)) as tx:
        wanted = ids.untype("ori", originator_id)
        return shapes.originator(await merchants.change_originator(tx, actor, wanted, **changes))


@get(f"{PATH}/settings", needs=Permission.ORIGINATOR_READ, tags=TAGS)
async def get_settings(actor: Actor, originator_id: str) -> Settings:
    """How the payments of an originator behave, and who is told of them."""
    async with db.transaction(company=company_of(actor)) as tx:
        found = await merchants.get_originator(tx, ids.untype("ori", originator_id))
        return _settings(await checkout.get_profile(tx, found.id))


@patch(f"{PATH}/settings", needs=Permission.ORIGINATOR_WRITE, tags=TAGS)
async def change_settings(actor: Actor, originator_id: str, data: SettingsChange) -> Settings:
    """Change some settings; what is left out stays. No method named: all that are possible."""
    changes = _set(data)
    if "methods" in changes:
        changes["methods"] = tuple(changes["methods"])
    if "three_ds" in changes:
        changes["three_ds"] = checkout.ThreeDsMode(changes["three_ds"])
    async with db.transaction(company=company_of(actor)) as tx:
        found = await merchants.get_originator(tx, ids.untype("ori", originator_id))
        return _settings(await checkout.edit_profile(tx, actor, found.id, **changes))


def _settings(profile: checkout.Profile) -> Settings:
    told = {name: getattr(profile, name) for name in Settings.__struct_fields__}
    return Settings(**{**told, "methods": list(profile.methods)})


@get(f"{PATH}/themes", needs=Permission.ORIGINATOR_READ, tags=TAGS)
async def list_themes(actor: Actor, originator_id: str) -> ApiPage[Theme]:
    """The themes of an originator's payment page, the usual one first."""
    async with db.transaction(company=company_of(actor)) as tx:
        found = await merchants.get_originator(tx, ids.untype("ori", originator_id))
        themes = await checkout.list_themes(tx, found.id)
    return ApiPage([_theme(one) for one in themes or [checkout.Theme()]])


@post(f"{PATH}/themes", needs=Permission.ORIGINATOR_WRITE, status_code=201, tags=TAGS)
async def create_theme(actor: Actor, originator_id: str, data: NewTheme) -> Theme:
    """Add a theme; it begins as the usual one looks."""
    async with db.transaction(company=company_of(actor)) as tx:
        wanted = ids.untype("ori", originator_id)
        return _theme(await checkout.create_theme(tx, actor, wanted, data.name))


@patch(f"{PATH}/themes/{{theme_id:int}}", needs=Permission.ORIGINATOR_WRITE, tags=TAGS)
async def change_theme(actor: Actor, originator_id: str, theme_id: int, data: ThemeChange) -> Theme:
    """Change a theme; 0 is the usual one. Colours that cannot be read are refused."""
    changes = _set(data)
    chosen = changes.pop("main", False)
    if changes.get("logo") is not None:
        changes["logo"] = _picture(changes["logo"])
    async with db.transaction(company=company_of(actor)) as tx:
        wanted = ids.untype("ori", originator_id)
        made = await checkout.edit_theme(tx, actor, wanted, theme_id, **changes)
        if chosen and not made.main:
            made = await checkout.choose_main_theme(tx, actor, wanted, made.id)
    return _theme(made)


def _picture(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Invalid("The picture is not base64", field="logo") from None


def _theme(theme: checkout.Theme) -> Theme:
    return Theme(**{name: getattr(theme, name) for name in Theme.__struct_fields__})


@get(f"{PATH}/keys", needs=Permission.KEY_READ, tags=TAGS)
async def list_keys(actor: Actor, originator_id: str) -> ApiPage[KeyFacts]:
    """The API keys of an originator, without their secrets."""
    async with db.transaction(company=company_of(actor)) as tx:
        found = await merchants.get_originator(tx, ids.untype("ori", originator_id))
        keys = await merchants.list_keys(tx, found.id)
    return ApiPage(
        [
            KeyFacts(ids.typeid("key", k.id), k.live, k.hint, k.created_at, k.expires_at,
                     k.revoked_at)
            for k in keys
        ]
    )  # fmt: skip


@post(f"{PATH}/keys/{{key_id:str}}/roll", needs=Permission.KEY_WRITE, status_code=201, tags=TAGS)
async def roll_key(actor: Actor, originator_id: str, key_id: str, data: Overlap) -> Key:
    """A new key for an old one, which works for so many hours more."""
    overlap = timedelta(hours=data.hours)
    async with db.transaction(company=company_of(actor)) as tx:
        found = await merchants.get_originator(tx, ids.untype("ori", originator_id))
        old = ids.untype("key", key_id)
        key, secret = await merchants.roll_key(tx, actor, found.id, old, overlap)
    return Key(ids.typeid("key", key.id), key.live, secret)


ROUTES = [
    change_originator, get_settings, change_settings, list_themes, create_theme, change_theme,
    list_keys, roll_key,
]  # fmt: skip
