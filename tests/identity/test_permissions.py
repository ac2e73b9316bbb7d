"""The matrix of roles is the one in the docs, line by line."""

from pathlib import Path

from comptoir import identity
from comptoir.identity import CompanyRole, Permission, PlatformRole

PAGE = Path(__file__).parents[2] / "docs/build/sign-in.md"
YES, TEST, NO = "yes", "test", ""


def documented(title: str) -> dict[str, dict[str, str]]:
    """A table of the page: permission → column → cell."""
    section = PAGE.read_text().split(f"### {title}\n")[1].split("\n#")[0]
    rows = [
        [cell.strip(" `") for cell in line.strip("|").split("|")]
        for line in section.splitlines()
        if line.startswith("|") and "---" not in line
    ]
    return {row[0]: dict(zip(rows[0][1:], row[1:], strict=True)) for row in rows[1:]}


def company_cell(role: CompanyRole, permission: Permission) -> str:
    if permission in identity.of_company_role(role, True):
        return YES
    return TEST if permission in identity.of_company_role(role, False) else NO


def test_every_role_of_a_company_may_do_what_the_docs_say():
    assert documented("Roles of a company") == {
        permission: {role: company_cell(role, permission) for role in CompanyRole}
        for permission in Permission
    }


def test_every_role_of_the_provider_and_every_key_may_do_what_the_docs_say():
    def cells(permission: Permission) -> dict[str, str]:
        roles = {
            str(role): YES if permission in identity.of_platform_role(role) else NO
            for role in PlatformRole
        }
        key = YES if permission in identity.KEY_PERMISSIONS else NO
        return {**roles, "originator's key": key}

    assert documented("Roles of the provider, and keys") == {p: cells(p) for p in Permission}


def test_live_mode_never_allows_more_than_test_mode():
    for role in CompanyRole:
        assert identity.of_company_role(role, True) <= identity.of_company_role(role, False)


def test_no_role_of_a_company_may_do_what_is_the_providers():
    for role in CompanyRole:
        allowed = identity.of_company_role(role, False)
        assert not allowed & {"provider.write", "company.create", "price.write", "job.read"}


def test_a_viewer_changes_nothing_but_the_own_profile():
    allowed = identity.of_company_role(CompanyRole.VIEWER, False)
    assert {p for p in allowed if not p.endswith(".read")} == {"profile.write"}


def test_a_platform_key_has_no_profile_and_manages_no_users():
    allowed = identity.of_platform_key(PlatformRole.ADMINISTRATOR)
    assert not allowed & {"profile.write", "user.write"}
