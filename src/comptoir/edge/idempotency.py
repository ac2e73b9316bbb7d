"""One key, one operation, one answer: what the doors do with `Idempotency-Key` and form keys."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Request

from comptoir import payments
from comptoir.kit import db
from comptoir.kit.actor import Actor
from comptoir.kit.errors import AppError, BadRequest
from comptoir.payments import Ask, KeyTaken, Operation, Stored

MAX_KEY = 255

Render = Callable[[Operation], tuple[int, bytes]]
Act = Callable[[Ask | None], Awaitable[tuple[Operation, tuple[int, bytes] | None]]]


class BadKey(BadRequest):
    code = "bad_idempotency_key"
    title = "An Idempotency-Key has 1 to 255 visible characters"


async def once(
    request: "Request[Any, Any, Any]",
    actor: Actor,
    originator_id: Any,
    key: str | None,
    act: Act,
    render: Render,
) -> tuple[int, bytes]:
    """Do `act` once for the request's key and answer every copy with the same bytes.

    Without a key it is a new operation. Raises `KeyReused` (422) for another request under the
    key and `StillRunning` (409) while the first one runs.
    """
    if key is None:
        operation, _ = await act(None)
        return render(operation)
    if not (0 < len(key) <= MAX_KEY and key.isascii() and key.isprintable()):
        raise BadKey
    route = f"{request.method} {request.url.path}"
    ask = Ask(key, route, hashlib.sha256(await request.body()).digest(), render)
    return await answered(actor, originator_id, ask, act)


async def answered(actor: Actor, originator_id: Any, ask: Ask, act: Act) -> tuple[int, bytes]:
    """The answer of an ask: stored, or made now. Two at once: the quicker one makes it.

    Nobody looks first: a key is new nearly always, and the one that is not is refused by the first
    commit, before anything is sent.
    """
    try:
        operation, answer = await act(ask)
    except (KeyTaken, AppError):
        # A copy that was quicker may be why nothing is left: then its answer is the answer.
        stored = await _find(actor, originator_id, ask)
        if stored is None:
            raise
        return await _replay(actor, stored, ask)
    return answer or ask.render(operation)


async def _find(actor: Actor, originator_id: Any, ask: Ask) -> Stored | None:
    assert actor.company_id is not None, "who asks with a key has a company"
    return await payments.find_stored(actor.company_id, originator_id, actor.live, ask.key)


async def _replay(actor: Actor, stored: Stored, ask: Ask) -> tuple[int, bytes]:
    payments.check_same(stored, ask)
    if stored.answer is not None and stored.answer_status is not None:
        return stored.answer_status, stored.answer
    # The process that ran it died: answer from the operation's present state, and keep that.
    assert actor.company_id is not None, "who asks with a key has a company"
    async with db.transaction(company=actor.company_id) as tx:
        operation = await payments.get_operation(tx, actor, stored.operation_id)
    return await payments.store_answer(operation, ask)
