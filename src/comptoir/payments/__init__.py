"""Payments and their operations: the life of money from authorisation to settlement."""

from comptoir.payments.account import (
    SANDBOX,
    CredentialMissing,
    OptionRefused,
    open_account,
    set_account_options,
)
from comptoir.payments.address_check import find_avs, gateway_words
from comptoir.payments.ask import (
    Ask,
    KeyReused,
    KeyTaken,
    StillRunning,
    Stored,
    check_same,
    find_stored,
    purge_keys,
    store_answer,
)
from comptoir.payments.blacklist import blacklist_transaction
from comptoir.payments.charge import (
    CardIncomplete,
    Charge,
    CreditNotAllowed,
    Shopper,
    Within,
    WrongAmount,
    WrongCurrency,
    charge,
)
from comptoir.payments.consumer_totals import count_again
from comptoir.payments.continuation import give_up, resume
from comptoir.payments.expiry import expire_authorisation, sweep_expired
from comptoir.payments.export import export_csv
from comptoir.payments.followup import (
    FOLLOW_UPS,
    NotPossible,
    TooLarge,
    follow_up,
    possibilities,
)
from comptoir.payments.kept_card import destroy_unused_cards
from comptoir.payments.numbers import next_number
from comptoir.payments.operation import (
    FINAL,
    Kind,
    Operation,
    Status,
    get_by_number,
    get_operation,
    list_children,
    list_operations,
    page_operations,
)
from comptoir.payments.payment import (
    DETAILS_LIMIT,
    GatewayCall,
    Payment,
    StoredDecision,
    Summary,
    get_payment,
    list_decisions,
    list_gateway_calls,
    list_payments,
    summaries,
)
from comptoir.payments.prepared import NewPayment, prepare_payment
from comptoir.payments.recovery import (
    ask_now,
    forget_notifications,
    receive,
    recover_operation,
    sweep_due,
)
from comptoir.payments.returned import expect_return, return_collection
from comptoir.payments.rules import REFERS_TO, Figures, Possible, figures, payment_status
from comptoir.payments.sandbox import bring_notifications
from comptoir.payments.scope import within_operation, within_payment
from comptoir.payments.seller import Seller, get_seller
from comptoir.payments.sending import LADDER
from comptoir.payments.settlement import Costs, costs_of, settle_account, settle_yesterday
from comptoir.payments.transaction_filters import apply_text
from comptoir.payments.transactions import (
    KnownConsumers,
    Total,
    Transaction,
    count_consumers,
    count_transactions,
    export_transactions,
    get_zone,
    list_transactions,
    parse,
    total_transactions,
)
from comptoir.payments.window import count_between, export_between

__all__ = [
    "DETAILS_LIMIT",
    "FINAL",
    "FOLLOW_UPS",
    "LADDER",
    "REFERS_TO",
    "SANDBOX",
    "Ask",
    "CardIncomplete",
    "Charge",
    "Costs",
    "CredentialMissing",
    "CreditNotAllowed",
    "Figures",
    "GatewayCall",
    "KeyReused",
    "KeyTaken",
    "Kind",
    "KnownConsumers",
    "NewPayment",
    "NotPossible",
    "Operation",
    "OptionRefused",
    "Payment",
    "Possible",
    "Seller",
    "Shopper",
    "Status",
    "StillRunning",
    "Stored",
    "StoredDecision",
    "Summary",
    "TooLarge",
    "Total",
    "Transaction",
    "Within",
    "WrongAmount",
    "WrongCurrency",
    "apply_text",
    "ask_now",
    "blacklist_transaction",
    "bring_notifications",
    "charge",
    "check_same",
    "costs_of",
    "count_again",
    "count_between",
    "count_consumers",
    "count_transactions",
    "destroy_unused_cards",
    "expect_return",
    "expire_authorisation",
    "export_between",
    "export_csv",
    "export_transactions",
    "figures",
    "find_avs",
    "find_stored",
    "follow_up",
    "forget_notifications",
    "gateway_words",
    "get_by_number",
    "get_operation",
    "get_payment",
    "get_seller",
    "get_zone",
    "give_up",
    "list_children",
    "list_decisions",
    "list_gateway_calls",
    "list_operations",
    "list_payments",
    "list_transactions",
    "next_number",
    "open_account",
    "page_operations",
    "parse",
    "payment_status",
    "possibilities",
    "prepare_payment",
    "purge_keys",
    "receive",
    "recover_operation",
    "resume",
    "return_collection",
    "set_account_options",
    "settle_account",
    "settle_yesterday",
    "store_answer",
    "summaries",
    "sweep_due",
    "sweep_expired",
    "total_transactions",
    "within_operation",
    "within_payment",
]
