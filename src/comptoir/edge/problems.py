"""Errors as pages: what happened, what was not lost, what to do."""

from comptoir.edge.i18n import message, translations
from comptoir.edge.render import Page, Partial, View
from comptoir.kit.errors import AppError

_UNHARMED = {
    400: message("Nothing was changed."),
    401: message("After signing in you come back to this page."),
    403: message(
        "Nothing was changed. An administrator of your company can give you another role."
    ),
    404: message("The address may be old or mistyped. Search finds it by number, order or e-mail."),
    405: message("Nothing was changed. The address may be old; begin from a page of the office."),
    409: message("Nothing was changed. Look at the present state and decide again."),
    413: message("Nothing was changed. Send less at once."),
    415: message("Nothing was changed. Load the page again, then repeat it."),
    422: message("Nothing was changed. Correct what is named and send it again."),
    429: message("Nothing was changed. Wait a minute, then try again."),
    500: message("The error was written down with all its facts. Payments already sent go on."),
    503: message("Nothing was lost. Try again in a moment."),
}


# Where the status alone would say the wrong thing.
_INSTEAD = {
    "sign_in_refused": message("Look at the spelling; a forgotten password can be replaced."),
    "code_refused": message("Wait for the next code of your app, then type it."),
    "link_gone": message("Ask whoever sent it for a new one, or start with the sign-in page."),
    "form_not_ours": message("Nothing was changed. Load the page again, then repeat it."),
}


class _Crash(AppError):
    title = "Something went wrong on our side"


def problem(view: View, error: AppError | None) -> Page:
    """The page for an expected error, or for a crash (None): it says nothing of the inside."""
    error = error or _Crash()
    known = translations(view.locale)
    title = known.gettext(error.title)
    detail = "" if error.detail in {error.title, title} else known.gettext(error.template)
    detail = detail % error.data if "%(" in detail else detail
    field = error.data.get("field")
    return Partial(
        "errors/problem.html",
        *(["box"] if view.target else []),
        status_code=error.status,
        headers=_place(view.target) | _later(error),
        status=error.status,
        title=title,
        detail=detail,
        unharmed=known.gettext(
            _INSTEAD.get(error.code) or _UNHARMED.get(error.status, _UNHARMED[500])
        ),
        field=field if isinstance(field, str) else "",
        request_id=view.request_id,
    )


def _later(error: AppError) -> dict[str, str]:
    wait = error.data.get("retry_after")
    return {} if wait is None else {"Retry-After": str(wait)}


def _place(target: str) -> dict[str, str]:
    """An error never replaces what a person typed: it goes to the line above."""
    if not target:
        return {}
    if target == "totals":
        return {}  # It is shown where the sums would be.
    where = "#panel-problem" if target == "panel-body" else "#problem"
    return {"HX-Retarget": where, "HX-Reswap": "innerHTML"}
