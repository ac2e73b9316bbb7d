"""The shoppers: invented people of many countries, some of whom come back.

Telephone numbers are from ranges kept for fiction, or from none that is given out; internet
addresses are those of documentation (RFC 5737); e-mail ends in `example.…` or `.test`.
"""

import unicodedata
from datetime import datetime
from random import Random

from comptoir.demo.story import Card, Shop, Shopper, chance, new_id
from comptoir.kit import crypto

_NAMES: dict[str, tuple[list[str], list[str]]] = {
    "FR": (
        "Camille Louis Chloé Jules Manon Lucas Inès Gabriel Sarah Adam Jeanne Paul Zoé Hugo Alice"
        " Martin Élise Nathan Margaux Théo".split(),
        "Martin Bernard Petit Robert Richard Durand Dubois Moreau Laurent Girard Roux Fournier"
        " Mercier Blanc Garnier Faure Chevalier Lambert Bonnet Rey".split(),
    ),
    "GB": (
        "Olivia George Amelia Harry Isla Noah Ava Jack Emily Leo Sophie Oscar Grace Arthur Poppy"
        " Freddie Ruby Alfie Freya Theo".split(),
        "Smith Jones Taylor Brown Evans Wilson Walker Wright Hughes Green Hall Wood Clarke Patel"
        " Turner Hill Cooper Ward Morris Khan".split(),
    ),
    "ES": (
        "Lucía Hugo Martina Mateo Sofía Leo Paula Daniel Julia Pablo Carla Álvaro Noa Adrián Alma"
        " Diego Vera Mario Elena Javier".split(),
        "García Rodríguez González Fernández López Martínez Sánchez Pérez Gómez Martín Ruiz Díaz"
        " Hernández Moreno Álvarez Romero Navarro Torres Gil Vega".split(),
    ),
    "JP": (
        "Haruto Yui Sota Aoi Yuto Hina Riku Mei Haruki Sakura Kaito Rin Asahi Mio Ren Yuna Takumi"
        " Kaho Daiki Nanami".split(),
        "Sato Suzuki Takahashi Tanaka Watanabe Ito Yamamoto Nakamura Kobayashi Kato Yoshida Yamada"
        " Sasaki Matsumoto Inoue Kimura Hayashi Shimizu Saito Mori".split(),
    ),
    "DE": (
        "Emma Ben Mia Paul Hannah Leon Lina Finn Clara Jonas Lena Felix Marie Luis Anna".split(),
        "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Koch Bauer"
        " Richter Klein Wolf".split(),
    ),
    "US": (
        "Emma Liam Charlotte Noah Amelia James Harper Lucas Evelyn Mason Abigail Ethan".split(),
        "Johnson Williams Miller Davis Anderson Thomas Jackson White Harris Clark Lewis".split(),
    ),
    "IT": (
        "Giulia Leonardo Aurora Lorenzo Ginevra Mattia Beatrice Andrea Alice Tommaso".split(),
        "Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco".split(),
    ),
    "PT": (
        "Maria Francisco Leonor João Matilde Afonso Beatriz Duarte Carolina Tomás".split(),
        "Silva Santos Ferreira Pereira Oliveira Costa Rodrigues Martins Sousa Lopes".split(),
    ),
    "KR": (
        "Minjun Seoyeon Doyun Jiwoo Siwoo Haeun Jiho Subin".split(),
        "Kim Lee Park Choi Jung Kang Cho Yoon".split(),
    ),
}  # fmt: skip
_SAME = {"BE": "FR", "CH": "DE", "LU": "FR", "IE": "GB"}  # Whose names they borrow.
_MAIL = {
    "FR": ("example.com", "courriel.test"),
    "GB": ("example.com", "post.test", "example.org"),
    "ES": ("example.es", "correo.test", "example.com"),
    "JP": ("example.com", "mail.test"),
}
_PHONES = {
    "FR": ("+33 6 39 98", 4), "GB": ("+44 7700 900", 3), "ES": ("+34 599 00", 4),
    "JP": ("+81 90 0000", 4), "DE": ("+49 171 39200", 2), "US": ("+1 212 555 01", 2),
}  # fmt: skip
_FIRST_ACCOUNT = 40_100
_NETWORKS = ("192.0.2", "198.51.100", "203.0.113")

# Brands by country in per mille; first six digits by brand, as the documented test cards have them.
_EUROPE = {"visa": 500, "mastercard": 430, "amex": 50, "maestro": 20}
_BRANDS: dict[str, dict[str, int]] = {
    "FR": {"cb": 430, "visa": 300, "mastercard": 220, "amex": 50},
    "GB": {"visa": 620, "mastercard": 320, "amex": 60},
    "JP": {"visa": 430, "jcb": 330, "mastercard": 170, "amex": 60, "diners": 10},
    "US": {"visa": 480, "mastercard": 270, "amex": 190, "discover": 60},
    "KR": {"visa": 420, "mastercard": 400, "jcb": 80, "amex": 60, "unionpay": 40},
}
_FIRST = {
    "visa": ("411111", "424242", "401288", "400000"),
    "mastercard": ("555555", "510510", "222300", "520000"),
    "amex": ("378282", "371449"),
    "cb": ("400000", "555555"),
    "maestro": ("675964", "630400"),
    "jcb": ("356600", "353011"),
    "diners": ("305693", "362272"),
    "discover": ("601111",),
    "unionpay": ("620000",),
}


def weighted(dice: Random, weights: dict[str, int]) -> str:
    return dice.choices(list(weights), list(weights.values()))[0]


class Crowd:
    """Everybody who ever bought at a company, by shop, in the order of their first purchase."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self._by_shop: dict[str, list[Shopper]] = {}
        self._addresses: set[str] = set()
        self._cards = 0
        self._accounts = _FIRST_ACCOUNT

    def somebody(self, shop: Shop, at: datetime) -> Shopper:
        """Who buys now: somebody known to the shop, or somebody new."""
        known = self._by_shop.setdefault(shop.plan.slug, [])
        if known and chance(self._dice, shop.plan.returning):
            # Those who came lately come again sooner.
            reach = min(len(known), 900)
            return known[-1 - min(self._dice.randrange(reach), self._dice.randrange(reach))]
        known.append(self.newcomer(at, weighted(self._dice, shop.plan.countries)))
        return known[-1]

    def newcomer(self, at: datetime, country: str) -> Shopper:
        dice = self._dice
        first, last = _NAMES[_SAME.get(country, country)]
        given, family = dice.choice(first), dice.choice(last)
        shopper = Shopper(
            new_id(dice, at), at,
            shop_id=self._account() if chance(dice, 350) else None,
            name=f"{given} {family}",
            email=self._address(given, family, country) if chance(dice, 970) else None,
            phone=self._phone(country) if chance(dice, 550) else None,
            country=country,
            ip=f"{dice.choice(_NETWORKS)}.{dice.randrange(1, 255)}",
        )  # fmt: skip
        shopper.cards.append(self.card(country, at))
        return shopper

    def card(self, country: str, at: datetime) -> Card:
        """A new card. Nobody has its number, so no number can be found out from it."""
        dice = self._dice
        brand = weighted(dice, _BRANDS.get(country, _EUROPE))
        self._cards += 1
        serial = f"demo:{brand}:{self._cards}:{dice.getrandbits(64)}"
        return Card(
            brand, dice.choice(_FIRST[brand]), f"{dice.randrange(10**4):04d}",
            dice.randrange(1, 13), at.year + dice.randrange(1, 5),
            crypto.fingerprint("card", serial).hex(),
        )  # fmt: skip

    def _account(self) -> str:
        """What a shop calls a shopper who registered there: never given twice."""
        self._accounts += self._dice.randrange(1, 9)
        return f"C{self._accounts}"

    def _address(self, given: str, family: str, country: str) -> str:
        home = _MAIL.get(_SAME.get(country, country), ("example.com", "mail.test"))
        while True:
            name = _plain(f"{given}.{family}{self._dice.randrange(2, 400)}")
            address = f"{name}@{self._dice.choice(home)}"
            if address not in self._addresses:
                self._addresses.add(address)
                return address

    def _phone(self, country: str) -> str | None:
        known = _PHONES.get(country)
        if known is None:
            return None
        start, digits = known
        return f"{start}{self._dice.randrange(10**digits):0{digits}d}"


def _plain(text: str) -> str:
    """Small ASCII letters: what mail servers agree about."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
