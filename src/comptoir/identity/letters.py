"""The mails of sign-in: subject and text. A link stands on a line of its own."""

from datetime import timedelta

Letter = tuple[str, str]  # Subject, text.


def link_address(public_url: str, token: str) -> str:
    return f"{public_url.rstrip('/')}/office/link/{token}"


def invitation(name: str, inviter: str, address: str, lasts: timedelta) -> Letter:
    return "You are invited to Comptoir", (
        f"Hello {name},\n\n{inviter} invites you to the payments back office."
        f" Choose your password here:\n\n{address}\n\n"
        f"The link works once, for {lasts.days} days.\n"
    )


def added(name: str, inviter: str, address: str) -> Letter:
    return "You were added to a company in Comptoir", (
        f"Hello {name},\n\n{inviter} gave you access to one more company."
        f" Sign in as usual; you find it in the company switcher:\n\n{address}\n"
    )


def forgotten(name: str, address: str, lasts: timedelta) -> Letter:
    return "Choose a new password", (
        f"Hello {name},\n\nsomebody, you we hope, asked for a new password for this address."
        f" Choose it here:\n\n{address}\n\n"
        f"The link works once, for {int(lasts.total_seconds()) // 3600} hours."
        " If it was not you, do nothing: your password stays as it is.\n"
    )


def password_changed(name: str) -> Letter:
    return "Your password was changed", (
        f"Hello {name},\n\nthe password of your account was changed just now, and every other"
        " session was ended. If it was not you, ask an administrator to disable the account.\n"
    )


def second_factor_set(name: str) -> Letter:
    return "A second factor was set up", (
        f"Hello {name},\n\nan authenticator app was set up for your account just now."
        " If it was not you, ask an administrator to disable the account.\n"
    )


def second_factor_reset(name: str) -> Letter:
    return "Your second factor was reset", (
        f"Hello {name},\n\nan administrator reset the authenticator app of your account. Your"
        " next sign-in sets up a new one. If you did not ask for this, tell them at once.\n"
    )
