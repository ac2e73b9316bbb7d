"""What a law, a mutation and a change of one file are."""

from dataclasses import dataclass
from pathlib import Path


class Gone(LookupError):
    """A mutation's old text is not there (once): the code moved on, the mutation has to follow."""


@dataclass(frozen=True, slots=True)
class Change:
    """One text of a file replaced by another. The old one must stand there exactly once."""

    path: str
    old: str
    new: str

    def apply(self, root: Path) -> None:
        place = root / self.path
        text = place.read_text() if place.exists() else ""
        if text.count(self.old) != 1:
            raise Gone(f"{self.path} has {text.count(self.old)} times: {self.old.strip()!r}")
        place.write_text(text.replace(self.old, self.new))


@dataclass(frozen=True, slots=True)
class Mutation:
    """One way to break a law: its changes, together, and the tests that notice."""

    law: str
    name: str
    changes: tuple[Change, ...]
    tests: tuple[str, ...]
