"""The gateway's answers: `errorCode` and `errorMessage` always, moments in whole seconds."""

from datetime import datetime
from typing import Any

from comptoir import checkout
from comptoir.checkout import Facts
from comptoir.payments import Operation, Status
from comptoir.subscriptions import Subscription

SUCCESS = "000"
_MAX_MESSAGE = 100


def outcome(code: str, text: str | None = None) -> dict[str, Any]:
    message = checkout.text_of(code) if text is None else text
    return {"errorCode": code, "errorMessage": message[:_MAX_MESSAGE]}


def done(operation: Operation | None) -> dict[str, Any]:
    """The answer to an act; without one, plain success."""
    if operation is None:
        return outcome(SUCCESS)
    return {
        **outcome(checkout.code_of(operation)),
        "transactionID": str(operation.number),
    }


def seconds(moment: datetime | None) -> int:
    """Seconds since 1970; 0 stands for a moment that is not there."""
    return 0 if moment is None else int(moment.timestamp())


def transaction_object(operation: Operation, facts: Facts) -> dict[str, Any]:
    """A transaction as this API tells it."""
    attempt = checkout.transaction_attempt(operation, facts)
    shopper = attempt["shopper"]
    reference = attempt.get("refTransactionID")
    told = {
        "transactionID": str(operation.number),
        "orderID": attempt["orderID"],
        "referralID": None if reference is None else int(reference),
        "subscriptionID": attempt.get("subscriptionID"),
        "status": "Authorized" if operation.status is Status.SUCCEEDED else "unauthorized",
        "errorCode": attempt["resultCode"],
        "errorMessage": attempt["resultMessage"][:_MAX_MESSAGE],
        "AVSResult": attempt.get("AVSResult"),
        "operation": str(operation.kind),
        "paymentType": "creditcard",
        "paymentMeanInfo": attempt["paymentMeanInfo"],
        "date": seconds(operation.occurred_at),
        "shopperName": shopper.get("name"),
        "shopperEmail": shopper.get("email"),
        "customerIP": shopper.get("ipAddress"),
        "amount": operation.amount.minor,
        "currency": operation.amount.currency,
        "orderDescription": attempt.get("orderDescription"),
    }
    return {name: value for name, value in told.items() if value is not None}


def subscription_object(found: Subscription) -> dict[str, Any]:
    """A subscription with every key, 0 for what is not there: shops keep it in a table."""
    return {
        "subscriptionID": found.number,
        "subscriptionType": found.kind,
        "offerID": found.offer_number or 0,
        "transactionID": found.first_number,
        "amount": found.rebill_minor,
        "period": found.rebill_period or "",
        "trialAmount": found.trial_minor or 0,
        "trialPeriod": found.trial_period or "",
        "state": str(found.state),
        "subscriptionStart": seconds(found.started_at),
        "periodStart": seconds(found.period_start),
        "periodEnd": seconds(found.period_end),
        "cancelDate": seconds(found.cancelled_at),
        "cancelReason": found.cancel_reason or 0,
        "iterations": found.iterations,
        "iterationsLeft": found.iterations_left,
        "retries": found.retries,
    }
