"""Errors that a caller may see: a stable code, an HTTP status and the facts that explain them.

One renderer turns them into RFC 9457 JSON or a page. They are expected: not logged as crashes.
"""


class AppError(Exception):
    """Something a person or a program asked for that cannot be done; says why in `data`.

    A detail may hold places for facts, `At most %(most)s`, so that catalogues translate it whole.
    """

    code: str = "error"
    status: int = 500
    title: str = "Something went wrong"

    def __init__(self, detail: str | None = None, **data: object) -> None:
        self.template = detail or self.title
        self.detail = self.template % data if "%(" in self.template else self.template
        super().__init__(self.detail)
        self.data = data


class Invalid(AppError):
    code = "invalid"
    status = 422
    title = "The request cannot be used as it is"


class BadRequest(AppError):
    code = "bad_request"
    status = 400
    title = "The request cannot be read"


class Unauthorized(AppError):
    code = "unauthorized"
    status = 401
    title = "Sign in or send a valid key"


class Forbidden(AppError):
    code = "forbidden"
    status = 403
    title = "Your role does not allow this"


class NotFound(AppError):
    """Absent and not-yours look alike."""

    code = "not_found"
    status = 404
    title = "There is nothing here, or it is not yours to see"


class Conflict(AppError):
    code = "conflict"
    status = 409
    title = "This is not possible in the present state"


class TooMany(AppError):
    code = "too_many_requests"
    status = 429
    title = "Too many tries; wait a little"


class Unavailable(AppError):
    code = "unavailable"
    status = 503
    title = "Not available right now; nothing was lost, try again"
