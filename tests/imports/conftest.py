"""Books to import into, and files to import."""

from collections.abc import Callable
from pathlib import Path

import pytest
import pytest_asyncio

from kit_imports import Books, make_books


@pytest_asyncio.fixture(loop_scope="session")
async def books(database: str, tmp_path: Path) -> Books:
    return await make_books(tmp_path / "home")


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file of lines and gives its path."""

    def write(*lines: str, name: str = "history.csv") -> Path:
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write
