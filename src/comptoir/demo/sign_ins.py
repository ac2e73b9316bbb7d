"""Passwords and API keys of the demo: derived from the key of this home, so stored nowhere.

They are the same whenever they are printed, other in every home, and gone with the home's key.
"""

import base64

from comptoir.demo.cast import COMPANIES, PEOPLE, PROVIDER
from comptoir.kit import crypto, db

_WORDS = (
    "Amber Anchor Apple Arrow Autumn Badger Bamboo Basil Beacon Birch Bison Blossom Bramble Breeze"
    " Bridge Bronze Brook Candle Canyon Carbon Castle Cedar Cello Chalk Cherry Cinder Citrus Clay"
    " Clover Cobalt Comet Copper Coral Cotton Cricket Crystal Cypress Daisy Dapple Delta Desert"
    " Dolphin Drift Dune Eagle Ebony Echo Elder Ember Falcon Feather Fennel Fern Fiddle Finch Flint"
    " Forest Fossil Fountain Frost Galaxy Garden Garnet Ginger Glacier Golden Granite Grove Guitar"
    " Harbor Harvest Hazel Heron Hickory Hollow Honey Horizon Indigo Iris Island Ivory Jade Jasmine"
    " Jasper Juniper Kettle Kiwi Lagoon Lantern Lark Laurel Lavender Lemon Lilac Linden Lion Lotus"
    " Lunar Lynx Magnet Magnolia Mango Maple Marble Marigold Meadow Melon Meteor Midnight Mint Mist"
    " Moose Morning Moss Mountain Mulberry Nebula Nectar Nettle Nimbus Nutmeg Oasis Ocean Olive"
    " Onyx Opal Orange Orchard Orchid Otter Owl Oyster Panda Papaya Paper Parrot Peach Pebble"
    " Petal Pine Planet Plum Pollen Poppy Prairie Prism Puffin Quartz Quill Rabbit Radish Rain"
    " Raven Reed River Robin Rocket Rose Ruby Saffron Sage Salmon Sand Sapphire Satin Scarlet"
    " Sequoia Shadow Shell Silver Sky Sparrow Spruce Star Stone Storm Summer Sunrise Swan Sycamore"
    " Tango Teal Tern Thistle Thunder Thyme Tiger Timber Topaz Trout Tulip Tundra Turtle Umber"
    " Valley Vanilla Velvet Violet Walnut Water Willow Wind Winter Wolf Wren Yarrow Zephyr Zinc"
).split()  # fmt: skip


def password_of(email: str) -> str:
    """Four words and two digits: strong enough behind the lock-out, easy to read aloud."""
    drawn = int.from_bytes(crypto.fingerprint("demo-password", email), "big")
    words, left = [], list(_WORDS)
    for _ in range(4):
        drawn, place = divmod(drawn, len(left))
        words.append(left.pop(place))
    return f"{'-'.join(words)}-{10 + drawn % 90}"


def key_of(shop: str) -> str:
    """The test key of an originator: 256 bits, as every key."""
    derived = crypto.fingerprint("demo-key", shop)
    return "test_" + base64.urlsafe_b64encode(derived).decode().rstrip("=")


async def list_users() -> list[dict[str, str]]:
    """The sign-ins that exist here."""
    async with db.lookup() as tx:
        known = await tx.rows(
            "select email from app_user where email = any($1) and disabled_at is null",
            [person.email for person in PEOPLE],
        )
    emails = {row["email"] for row in known}
    names = {company.slug: company.name for company in COMPANIES}
    return [
        {
            "role": str(person.role),
            "email": person.email,
            "password": password_of(person.email),
            "company": PROVIDER if person.company is None else names[person.company],
        }
        for person in PEOPLE
        if person.email in emails
    ]


async def list_originators() -> list[dict[str, str]]:
    """The originators whose demo key still opens them."""
    shops = [shop for company in COMPANIES for shop in company.shops]
    secrets = {crypto.digest(key_of(shop.slug)): key_of(shop.slug) for shop in shops}
    async with db.platform() as tx:
        rows = await tx.rows(
            "select o.number, k.secret_hash, c.name as company, o.currency::text as currency"
            " from api_key k join originator o"
            " on o.company_id = k.company_id and o.id = k.originator_id"
            " join company c on c.id = k.company_id"
            " where k.secret_hash = any($1) and k.revoked_at is null order by o.number",
            list(secrets),
        )
    return [
        {
            "number": str(row["number"]),
            "api_key": secrets[row["secret_hash"]],
            "company": row["company"],
            "currency": row["currency"],
        }
        for row in rows
    ]
