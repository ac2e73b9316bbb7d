"""Who acts: a signed-in person, an API key, the system itself or the command line."""

from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from comptoir.kit.errors import Forbidden

EVERYWHERE = "UTC"  # The zone of whoever looks at all companies.


class ActorKind(StrEnum):
    USER = "user"
    KEY = "key"
    SYSTEM = "system"
    CLI = "cli"


@dataclass(frozen=True, slots=True)
class Actor:
    """An identity with its scope. `company_id` None means all companies (platform only).

    `zone` is where the days of filters and figures begin: the company's, or UTC over all of them.
    Who looks does not matter, so that everybody gets the same sum for the same question.
    """

    kind: ActorKind
    id: str
    name: str
    company_id: UUID | None
    live: bool
    permissions: frozenset[str]
    platform: bool = False
    originator_id: UUID | None = None
    request_id: str = ""
    zone: str = EVERYWHERE

    def may(self, permission: str) -> bool:
        return permission in self.permissions

    def needs(self, permission: str) -> None:
        """Refuse with `Forbidden` unless the role holds the permission."""
        if permission not in self.permissions:
            raise Forbidden(permission=permission)

    def within(self, company_id: UUID) -> "Actor":
        """The same platform actor, narrowed to one company."""
        assert self.platform or self.company_id == company_id, "an actor never changes company"
        return replace(self, company_id=company_id)


def system(company_id: UUID, live: bool) -> Actor:
    """The system acting for one company: jobs, recovery, schedules."""
    return Actor(ActorKind.SYSTEM, "system", "Comptoir", company_id, live, frozenset())
