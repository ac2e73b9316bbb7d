"""The vault: the only place where card numbers are kept. Security codes are kept nowhere.

The keys are outside the database. Numbers come out through `opening`, which only the gateways'
engine imports; everybody else sees records.
"""

from comptoir.vault.card import (
    Access,
    AccessLine,
    CardRecord,
    KeysBehind,
    NotACardNumber,
    brand_of,
    clean_number,
    destroy,
    get_card,
    list_accesses,
    store,
)
from comptoir.vault.keys import (
    BadVaultKeys,
    Generation,
    GenerationUnknown,
    LastGeneration,
    VaultClosed,
    add_generation,
    drop_generation,
    is_open,
    load,
)
from comptoir.vault.rotation import (
    GenerationStatus,
    GenerationUsed,
    KeysReplaced,
    Rotated,
    Status,
    check_unused,
    rotate,
    status,
)

__all__ = [
    "Access",
    "AccessLine",
    "BadVaultKeys",
    "CardRecord",
    "Generation",
    "GenerationStatus",
    "GenerationUnknown",
    "GenerationUsed",
    "KeysBehind",
    "KeysReplaced",
    "LastGeneration",
    "NotACardNumber",
    "Rotated",
    "Status",
    "VaultClosed",
    "add_generation",
    "brand_of",
    "check_unused",
    "clean_number",
    "destroy",
    "drop_generation",
    "get_card",
    "is_open",
    "list_accesses",
    "load",
    "rotate",
    "status",
    "store",
]
