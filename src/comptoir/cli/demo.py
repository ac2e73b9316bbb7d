"""`demo`: two companies with ninety days of plausible traffic; test data, and said so."""

import sys
from typing import Annotated

from cyclopts import Parameter

from comptoir import demo as demonstration
from comptoir.cli.office import opened, show_one


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


async def demo(
    *,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
    sign_ins: Annotated[bool, Parameter(negative="", help="Only print the sign-ins.")] = False,
    quiet: Annotated[bool, Parameter(negative="", help="Print nothing.")] = False,
) -> None:
    """Make the demo data unless they are there, and print the sign-ins and API keys."""
    async with opened() as settings:
        if not sign_ins:
            await demonstration.ensure(settings, _say)
        known = await demonstration.describe(settings)
    if as_json:
        show_one(known, as_json=True)
    elif not quiet:
        _print(known)


def _print(known: dict[str, list[dict[str, str]]]) -> None:
    users = known["users"]
    if not users:
        sys.stdout.write("This is no demo home: sign in with your own user.\n")
        return
    wide = max(len(user["email"]) for user in users)
    sys.stdout.write("Demo sign-ins\n")
    for user in users:
        line = f"  {user['role']:<24} {user['email']:<{wide}}  {user['password']}\n"
        sys.stdout.write(line)
    sys.stdout.write("\nAPI (HTTP Basic: number and key)\n")
    for item in known["originators"]:
        line = f"  {item['number']}  {item['api_key']}  {item['currency']}  {item['company']}\n"
        sys.stdout.write(line)
