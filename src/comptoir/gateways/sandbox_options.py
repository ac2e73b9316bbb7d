"""How one sandbox account behaves: which gateways it stands for, and which trouble it makes."""

from typing import Annotated

import msgspec
from msgspec import Meta

from comptoir.gateways.simulator.faults import Fault

Rate = Annotated[float, Meta(gt=0, le=1)]


class SandboxOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Options of a sandbox account; what is left out behaves like a good gateway."""

    tokens: Annotated[bool, Meta(description="false: it keeps no cards")] = True
    honours_keys: Annotated[
        bool, Meta(description="false: a request sent twice makes two charges")
    ] = True
    real_delays: Annotated[
        bool, Meta(description="true: slow answers and time-outs take their time")
    ] = False
    seed: Annotated[
        Annotated[int, Meta(ge=0, le=2_147_483_647)] | None,
        Meta(description="faults are the same in every run"),
    ] = None
    faults: Annotated[
        dict[Fault, Rate], Meta(description="the part of all requests that meets each fault")
    ] = {}
    capture_days: Annotated[int, Meta(ge=1, le=31)] | None = None
