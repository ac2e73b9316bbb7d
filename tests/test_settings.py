"""Settings: every variable is known and usable, or named and refused."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from comptoir import settings
from comptoir.settings import BadSetting


def test_nothing_set_means_this_machine_only() -> None:
    found = settings.load({})
    assert (found.host, found.port) == ("127.0.0.1", 8400)
    assert found.database_url is None
    assert not found.allow_private_callbacks
    assert found.workers >= 1


def test_every_variable_reaches_its_setting() -> None:
    found = settings.load(
        {
            "COMPTOIR_HOME": "/tmp/somewhere",
            "COMPTOIR_PORT": "9000",
            "COMPTOIR_DATABASE_URL": "postgresql://db.example/comptoir",
            "COMPTOIR_PUBLIC_URL": "https://office.example/",
            "COMPTOIR_TRUSTED_PROXIES": "10.0.0.1, 10.0.0.2,",
            "COMPTOIR_WORKERS": "3",
            "COMPTOIR_ALLOW_PRIVATE_CALLBACKS": "yes",
            "COMPTOIR_SYSTEM_POSTGRES": "0",
            "COMPTOIR_LOG_LEVEL": "DEBUG",
        }
    )
    assert found.home == Path("/tmp/somewhere")
    assert (found.port, found.workers, found.log_level) == (9000, 3, "debug")
    assert found.public == "https://office.example"
    assert found.trusted_proxies == ("10.0.0.1", "10.0.0.2")
    assert (found.allow_private_callbacks, found.system_postgres) == (True, False)


def test_the_public_address_is_the_local_one_unless_it_is_given() -> None:
    assert settings.load({"COMPTOIR_PORT": "9000"}).public == "http://127.0.0.1:9000"


def test_an_empty_variable_is_as_good_as_none() -> None:
    assert settings.load({"COMPTOIR_PORT": ""}) == settings.load({})


def test_variables_of_others_are_left_alone() -> None:
    assert settings.load({"HOME": "/root", "PORT": "x", "CHANNEL": "y"}) == settings.load({})


def test_an_unknown_variable_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadSetting, match=r"COMPTOIR_PROT is not .*COMPTOIR_PORT"):
        settings.load({"COMPTOIR_PROT": "9000"})


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("COMPTOIR_PORT", "0"),
        ("COMPTOIR_PORT", "70000"),
        ("COMPTOIR_PORT", "http"),
        ("COMPTOIR_WORKERS", "0"),
        ("COMPTOIR_DATABASE_URL", "mysql://secret@host/db"),
        ("COMPTOIR_MIGRATE_URL", "secret"),
        ("COMPTOIR_PUBLIC_URL", "office.example"),
        ("COMPTOIR_CLICKHOUSE_URL", "secret"),
        ("COMPTOIR_ALLOW_PRIVATE_CALLBACKS", "perhaps"),
        ("COMPTOIR_SMTP_URL", "https://secret@mail.example"),
        ("COMPTOIR_LOG_LEVEL", "loud"),
    ],
)
def test_a_bad_value_is_refused_by_its_name_and_never_shown(variable: str, text: str) -> None:
    with pytest.raises(BadSetting, match=variable) as refused:
        settings.load({variable: text})
    assert "secret" not in str(refused.value)


def test_every_setting_has_its_line_in_the_docs_and_no_other() -> None:
    page = Path(__file__).parents[1] / "docs/operate/settings.md"
    told = re.findall(r"^\| `(COMPTOIR_\w+)` \|", page.read_text(), re.MULTILINE)
    known = [settings.PREFIX + item.name.upper() for item in fields(settings.Settings)]
    assert told == known
