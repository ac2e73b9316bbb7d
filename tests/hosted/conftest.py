"""Prepared payments are made through the wire here too."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "wire"))

from kit import Shop
from kit_hosted import Shopper
from kit_wire import Wire


@pytest.fixture
def wire(shop: Shop) -> Wire:
    return Wire(shop)


@pytest.fixture
def shopper(shop: Shop) -> Shopper:
    return Shopper(Wire(shop))
