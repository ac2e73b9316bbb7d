"""Who may do what: every permission, every role, in this one table.

A role of a company acts within that company; a role of the platform acts over all of them. What a
developer may try out with test money and not with real money is in `TEST_ONLY`.
"""

from enum import StrEnum


class Permission(StrEnum):
    HOME_READ = "home.read"
    TRANSACTION_READ = "transaction.read"
    TRANSACTION_EXPORT = "transaction.export"
    TRANSACTION_RAW = "transaction.raw"  # The exchanges with the gateways.
    PAYMENT_CREATE = "payment.create"
    PAYMENT_CAPTURE = "payment.capture"
    PAYMENT_REFUND = "payment.refund"
    PAYMENT_CANCEL = "payment.cancel"
    PAYMENT_REBILL = "payment.rebill"
    PAYMENT_CREDIT = "payment.credit"
    PAYMENT_ASK = "payment.ask"  # Ask the gateway what became of it; the answer is settled.
    SUBSCRIPTION_READ = "subscription.read"
    SUBSCRIPTION_CANCEL = "subscription.cancel"
    OFFER_WRITE = "offer.write"
    DELIVERY_READ = "delivery.read"  # What merchants were told, with what they answered.
    DELIVERY_SEND = "delivery.send"
    REQUEST_READ = "request.read"  # What programs asked of the APIs.
    CONSUMER_READ = "consumer.read"
    CONSUMER_WRITE = "consumer.write"
    COMPANY_READ = "company.read"
    COMPANY_WRITE = "company.write"
    COMPANY_CREATE = "company.create"
    ORIGINATOR_READ = "originator.read"
    ORIGINATOR_WRITE = "originator.write"
    KEY_READ = "key.read"
    KEY_WRITE = "key.write"
    ACCOUNT_READ = "account.read"
    ACCOUNT_WRITE = "account.write"
    EVENT_READ = "event.read"
    ENTRY_READ = "entry.read"
    PRICE_READ = "price.read"
    PRICE_WRITE = "price.write"
    IMPORT_RUN = "import.run"
    LIST_READ = "list.read"
    LIST_WRITE = "list.write"
    USER_READ = "user.read"
    USER_WRITE = "user.write"
    JOB_READ = "job.read"
    PROVIDER_WRITE = "provider.write"
    PROFILE_WRITE = "profile.write"


class CompanyRole(StrEnum):
    OWNER = "owner"
    FINANCE = "finance"
    SUPPORT = "support"
    RISK = "risk"
    DEVELOPER = "developer"
    VIEWER = "viewer"


class PlatformRole(StrEnum):
    ADMINISTRATOR = "administrator"
    OPERATIONS = "operations"
    RISK = "risk"
    ACCOUNTANT = "accountant"
    SUPPORT = "support"


P = Permission

ALL = frozenset(Permission)
PAYMENTS = frozenset(
    {
        P.PAYMENT_CREATE,
        P.PAYMENT_CAPTURE,
        P.PAYMENT_REFUND,
        P.PAYMENT_CANCEL,
        P.PAYMENT_REBILL,
        P.PAYMENT_CREDIT,
        P.PAYMENT_ASK,
    }
)

# What everybody may who has a sign-in at all.
_READ = frozenset(
    {
        P.HOME_READ,
        P.TRANSACTION_READ,
        P.SUBSCRIPTION_READ,
        P.CONSUMER_READ,
        P.COMPANY_READ,
        P.ORIGINATOR_READ,
        P.PROFILE_WRITE,
    }
)
_HELP = {
    P.PAYMENT_CAPTURE,
    P.PAYMENT_REFUND,
    P.PAYMENT_CANCEL,
    P.PAYMENT_ASK,
    P.SUBSCRIPTION_CANCEL,
    P.DELIVERY_READ,
    P.DELIVERY_SEND,
}
_ANALYSE = {P.TRANSACTION_EXPORT, P.TRANSACTION_RAW, P.EVENT_READ, P.LIST_READ, P.LIST_WRITE}
_BOOKS = {P.TRANSACTION_EXPORT, P.ENTRY_READ, P.PRICE_READ, P.ACCOUNT_READ, P.EVENT_READ}

_PLATFORM_ONLY = {
    P.COMPANY_CREATE,
    P.ACCOUNT_WRITE,
    P.PRICE_WRITE,
    P.JOB_READ,
    P.PROVIDER_WRITE,
}

_COMPANY: dict[CompanyRole, frozenset[Permission]] = {
    CompanyRole.OWNER: ALL - _PLATFORM_ONLY,
    CompanyRole.FINANCE: _READ
    | _BOOKS
    | {P.PAYMENT_REFUND, P.PAYMENT_CREDIT, P.PAYMENT_ASK, P.SUBSCRIPTION_CANCEL},
    CompanyRole.SUPPORT: _READ | _HELP | {P.CONSUMER_WRITE, P.EVENT_READ, P.LIST_READ},
    CompanyRole.RISK: _READ | _ANALYSE,
    CompanyRole.DEVELOPER: _READ
    | PAYMENTS
    | {
        P.TRANSACTION_EXPORT,
        P.TRANSACTION_RAW,
        P.KEY_READ,
        P.KEY_WRITE,
        P.ACCOUNT_READ,
        P.EVENT_READ,
        P.SUBSCRIPTION_CANCEL,
        P.DELIVERY_READ,
        P.DELIVERY_SEND,
        P.REQUEST_READ,
    },
    CompanyRole.VIEWER: _READ,
}

# Taken away in live mode.
TEST_ONLY: dict[CompanyRole, frozenset[Permission]] = {
    CompanyRole.DEVELOPER: PAYMENTS | {P.SUBSCRIPTION_CANCEL}
}

_PLATFORM: dict[PlatformRole, frozenset[Permission]] = {
    PlatformRole.ADMINISTRATOR: ALL,
    PlatformRole.OPERATIONS: ALL
    - {P.USER_WRITE, P.PROVIDER_WRITE, P.PRICE_WRITE, P.PAYMENT_CREDIT},
    PlatformRole.RISK: _READ | _ANALYSE | {P.ACCOUNT_READ, P.ENTRY_READ},
    PlatformRole.ACCOUNTANT: _READ | _BOOKS | {P.PRICE_WRITE},
    PlatformRole.SUPPORT: _READ
    | _HELP
    | {
        P.TRANSACTION_RAW,
        P.ACCOUNT_READ,
        P.EVENT_READ,
        P.LIST_READ,
        P.USER_READ,
        P.JOB_READ,
        P.REQUEST_READ,
    },
}

# What the API key of an originator may: its own payments, and what is around them.
KEY_PERMISSIONS: frozenset[str] = PAYMENTS | {
    P.TRANSACTION_READ,
    P.SUBSCRIPTION_READ,
    P.SUBSCRIPTION_CANCEL,
    P.CONSUMER_READ,
    P.CONSUMER_WRITE,
    P.COMPANY_READ,
    P.ORIGINATOR_READ,
    P.ACCOUNT_READ,
    P.EVENT_READ,
}


def of_company_role(role: CompanyRole, live: bool) -> frozenset[str]:
    """What a role of a company may do in this mode."""
    allowed = _COMPANY[CompanyRole(role)]
    return allowed - TEST_ONLY.get(CompanyRole(role), frozenset()) if live else allowed


def of_platform_role(role: PlatformRole) -> frozenset[str]:
    """What a role of the provider may do, in every company and either mode."""
    return _PLATFORM[PlatformRole(role)]


def of_platform_key(role: PlatformRole) -> frozenset[str]:
    """A key has no profile and manages no users: people do that."""
    return of_platform_role(role) - {P.PROFILE_WRITE, P.USER_WRITE}
