"""The reference of PayXpert's two APIs as they are served here: one table, checked by a test.

Every route of the wire stands here once for each API that has it, and nothing else does. Names of
fields and words of closed lists are the contract's, so they are never translated.
"""

from dataclasses import dataclass

from comptoir.edge.i18n import message

CONNECT2PAY, GATEWAY = "connect2pay", "gateway"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a body or a query."""

    name: str
    type: str
    about: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One act: its addresses (the first is today's), what is sent and what comes back."""

    method: str
    paths: tuple[str, ...]
    about: str
    fields: tuple[Field, ...] = ()
    success: str = "000"
    answers: tuple[str, ...] = ()


VERSION = Field("apiVersion", "String 8", message("Revision of the API, such as 002.73"))
AMOUNT = Field("amount", "Integer", message("In minor units: 1250 is 12.50 EUR"), True)
CURRENCY = Field(
    "currency", "String 3", message("ISO 4217; one of the originator’s currencies"), True
)
PART = Field("amount", "Integer", message("In minor units; at most what is left"), True)
ORDER_ID = Field("orderID", "String 100", message("The shop’s own number of the order"), True)
CARD = (
    Field("cardNumber", "String 40", message("12 to 19 digits; in test mode a test card"), True),
    Field("cardSecurityCode", "String 4", message("The code on the card; never stored"), True),
    Field("cardExpireMonth", "String 2", message("01 to 12"), True),
    Field("cardExpireYear", "String 4", message("Four digits"), True),
    Field("cardHolderName", "String 80", message("As on the card")),
)
CARD_WITHOUT_CODE = tuple(field for field in CARD if field.name != "cardSecurityCode")
IP = Field("customerIP", "String 40", message("The shopper’s address in the network"), True)
SHOPPER = (
    Field("shopperName", "String 80", message("NA fills what is not known")),
    Field("shopperEmail", "String 100", message("NA fills what is not known")),
    Field("shopperCountryCode", "String 2", message("ISO 3166; ZZ is unknown")),
    Field("shopperPhone", "String 20", message("NA fills what is not known")),
    Field("shopperAddress", "String 255", message("For the card’s issuer to compare; not kept")),
    Field("shopperZipcode", "String 10", message("For the card’s issuer to compare; not kept")),
    Field("shopperCity", "String 50", message("NA fills what is not known")),
    Field("shopperState", "String 30", message("NA fills what is not known")),
)
TERMS = (
    Field("offerID", "Integer", message("The number of an offer, instead of the fields below")),
    Field(
        "subscriptionType", "String 32",
        message("normal, partpayment, lifetime, onetime or infinite"),
    ),
    Field("rebillAmount", "Integer", message("What each later charge takes, in minor units")),
    Field("rebillPeriod", "String 10", message("ISO 8601 duration: P1M is a month, P30D 30 days")),
    Field("rebillMaxIteration", "Integer", message("How many charges follow the first")),
    Field("trialPeriod", "String 10", message("ISO 8601 duration before the first later charge")),
)  # fmt: skip
REASON = Field(
    "cancelReason", "Integer", message("1000 to 1023 or 1099; 1000 to 1004 end it at once"), True
)
START_TIME = Field("startTime", "Integer", message("Seconds since 1970, included"), True)
END_TIME = Field("endTime", "Integer", message("Seconds since 1970, not included"), True)
START_DATE = Field("startDate", "Integer", message("Seconds since 1970, included"), True)
END_DATE = Field("endDate", "Integer", message("Seconds since 1970, included too"), True)
AUTHENTICATION = (
    Field("CRes", "String", message("Proof of a 3-D Secure 2 authentication")),
    Field("PaRes", "String", message("Proof of a 3-D Secure 1 authentication")),
    Field("ECI, XID, CAVV", "String", message("The same proof, taken apart by 3dsparse")),
)

_FOLLOW_UPS = (
    Endpoint(
        "POST", ("/transaction/{transaction_id}/refund",),
        message("Give money back, wholly or in parts. For a captured payment name the capture."),
        (PART,), answers=("transactionID",),
    ),
    Endpoint(
        "POST", ("/transaction/{transaction_id}/capture",),
        message("Take what was authorised, wholly or in parts."),
        (PART,), answers=("transactionID",),
    ),
    Endpoint(
        "POST", ("/transaction/{transaction_id}/cancel",),
        message("Release an authorisation before it is captured."),
        (Field("amount", "Integer", message("Accepted; the whole is released")),),
        answers=("transactionID",),
    ),
    Endpoint(
        "POST", ("/transaction/{transaction_id}/rebill",),
        message("Charge the same card again, also for more than the first time."),
        (AMOUNT,), answers=("transactionID",),
    ),
)  # fmt: skip
_DIRECT = (
    VERSION,
    Field("mode", "String", message("How the wallet is reached; which ones depends on it"), True),
)

ENDPOINTS: dict[str, tuple[Endpoint, ...]] = {
    CONNECT2PAY: (
        Endpoint(
            "POST", ("/payment/prepare", "/transaction/prepare"),
            message("Prepare a payment. Its shopper pays at /payment/{customerToken}."),
            (
                Field("apiVersion", "String 8", message("Revision of the API, such as 002.73"),
                      True),
                CURRENCY, AMOUNT,
                Field("paymentMode", "String",
                      message("Single, OnShipping, Recurrent or InstalmentsPayments"), True),
                Field("order", "Object",
                      message("id is required; description, shippingType, cartContent and more"),
                      True),
                Field("shopper", "Object",
                      message("email, firstName, lastName, address, account and more"), True),
                Field("shipping", "Object", message("name, address, phone; may be empty")),
                Field("paymentMethod", "String",
                      message("CreditCard and others; without it the shopper chooses")),
                Field("paymentNetwork", "String", message("Needed for BankTransfer")),
                Field("operation", "String", message("sale or authorize")),
                Field("secure3d", "Boolean", message("The shopper’s bank must ask its customer")),
                Field("ctrlRedirectURL", "String 2048",
                      message("Where the browser goes afterwards, by POST")),
                Field("ctrlCallbackURL", "String 2048",
                      message("Which is told after each outcome")),
                Field("ctrlCustomData", "String 2048", message("Said back as it is")),
                Field("timeOut", "String 10",
                      message("ISO 8601 duration for which it can be paid; 30 days otherwise")),
                Field("themeID", "Integer", message("The look of the payment page")),
                *TERMS,
            ),
            "200", ("merchantToken", "customerToken"),
        ),
        Endpoint(
            "GET", ("/payment/{token}/status", "/transaction/{token}/status"),
            message("The state of a payment by its merchant token, with every transaction of it."),
            (VERSION,), answers=("status", "errorCode", "order", "transactions[]"),
        ),
        Endpoint(
            "GET", ("/transaction/{transaction_id}/info",),
            message("One transaction."), (VERSION,), answers=("resultCode", "status", "amount"),
        ),
        *_FOLLOW_UPS,
        Endpoint(
            "POST", ("/transaction/{transaction_id}/refund/confirm",),
            message("Confirm a refund that waits."), (VERSION,),
        ),
        Endpoint(
            "POST",
            ("/subscription/{subscription_id}/cancel", "/subscription/{subscription_id}/rebill"),
            message("End a subscription. The second address is a known slip of one client."),
            (VERSION, REASON), "200",
        ),
        Endpoint(
            "GET", ("/transactions/export",),
            message("Every transaction of at most 31 days."),
            (
                START_TIME, END_TIME,
                Field("operation", "String", message("Only these operations")),
                Field("paymentMethod", "String", message("Only this method")),
                Field("paymentNetwork", "String", message("Only this network")),
                Field("transactionResultCode", "Integer", message("Only this result; 0 is 000")),
            ),
            "", ("transactions[]",),
        ),
        Endpoint(
            "GET", ("/account",),
            message("What the originator is set up for: methods, currencies, notifications."),
            (VERSION,), "", ("name", "maxAttempts", "paymentMethods[]", "themes[]"),
        ),
        Endpoint(
            "POST", ("/payment/{token}/process/wechat/direct",),
            message(
                "WeChat without the page, for a prepared payment: native, quickpay, sdk or"
                " miniprogram."
            ),
            (*_DIRECT, Field("quickPayCode", "String 18", message("Needed for quickpay"))),
            "200", ("transactionID", "qrCode", "webSocketUrl"),
        ),
        Endpoint(
            "POST", ("/payment/{token}/process/alipay/direct",),
            message("Alipay without the page, for a prepared payment: pos, app or sdk."),
            (
                *_DIRECT,
                Field("buyerIdentityCode", "String 32", message("Needed for app")),
                Field("identityCodeType", "String", message("barcode or qrcode; needed for app")),
            ),
            "200", ("transactionID", "qrCode", "webSocketUrl"),
        ),
        Endpoint(
            "POST", ("/payment/{token}/process/upi/direct",),
            message("UPI without the page, for a prepared payment: pos."),
            _DIRECT, "200", ("transactionID", "qrCode", "webSocketUrl"),
        ),
    ),
    GATEWAY: (
        Endpoint(
            "POST", ("/transaction/sale/creditcard",), message("Charge a card at once."),
            (AMOUNT, CURRENCY, ORDER_ID, IP, *CARD, *SHOPPER, *AUTHENTICATION, *TERMS),
            answers=("transactionID", "paymentMeanInfo", "AVSResult", "subscriptionID"),
        ),
        Endpoint(
            "POST", ("/transaction/authorize/creditcard",),
            message("Reserve an amount on a card, to be captured later."),
            (AMOUNT, CURRENCY, ORDER_ID, IP, *CARD, *SHOPPER, *AUTHENTICATION),
            answers=("transactionID", "paymentMeanInfo", "AVSResult"),
        ),
        *_FOLLOW_UPS,
        Endpoint(
            "POST", ("/transaction/{transaction_id}/credit",),
            message("Send money to the card of an earlier payment, if the originator may."),
            (AMOUNT,), answers=("transactionID",),
        ),
        Endpoint(
            "POST", ("/transaction/credit/creditcard",),
            message("Send money to a card, if the originator may."),
            (AMOUNT, CURRENCY, ORDER_ID, IP, *CARD_WITHOUT_CODE), answers=("transactionID",),
        ),
        Endpoint(
            "POST", ("/transaction/sale/todito",),
            message("Withdrawn by its provider; always refused."), success="",
        ),
        Endpoint(
            "POST", ("/transaction/3dscheck/creditcard",),
            message("3-D Secure 1: is the card enrolled? 650 says that it is not."),
            (AMOUNT, CURRENCY, ORDER_ID, IP, *CARD_WITHOUT_CODE),
            answers=("transactionID", "ACSUrl", "PaReq"),
        ),
        Endpoint(
            "POST", ("/transaction/{transaction_id}/3dsparse",),
            message("3-D Secure 1: read what the shopper brought back from the bank."),
            (Field("PaRes", "String", message("Proof of a 3-D Secure 1 authentication"), True),),
            answers=("ECI", "XID", "CAVV", "CAVVAlgorithm"),
        ),
        Endpoint(
            "POST", ("/transaction/3dscheck",),
            message("3-D Secure 2: begin an authentication."),
            (
                AMOUNT, CURRENCY, ORDER_ID, IP, *CARD_WITHOUT_CODE,
                Field("threeDSReturnURL", "String 4096",
                      message("Where the browser comes back from the bank")),
            ),
            answers=("transactionID", "threeDSServerTransID"),
        ),
        Endpoint(
            "POST", ("/transaction/3dsauth",),
            message("3-D Secure 2: authenticate. 655 asks for a challenge in the browser."),
            (Field("threeDSServerTransID", "String 36", message("From 3dscheck"), True),),
            answers=("CRes", "form"),
        ),
        Endpoint(
            "GET", ("/transaction/{name}",),
            message("One transaction by its number."), answers=("transaction",),
        ),
        Endpoint(
            "GET", ("/transactions", "/transactions/{operation}"),
            message("Transactions of at most 31 days, all of them or of one operation."),
            (
                START_DATE, END_DATE,
                Field("transactionType", "String", message("creditcard, chargeback or fraud")),
                Field("transactionErrorCode", "Integer", message("Only this result; 0 is 000")),
            ),
            answers=("transactionList[]",),
        ),
        Endpoint(
            "POST", ("/transaction/{transaction_id}/blacklist",),
            message("Refuse the card, e-mail or address of a transaction from now on."),
            (
                Field("cardNumberBlackList", "0 or 1", message("The card, by a keyed hash")),
                Field("shopperEmailBlackList", "0 or 1", message("The e-mail")),
                Field("customerIPBlackList", "0 or 1", message("The address in the network")),
            ),
        ),
        Endpoint(
            "POST", ("/blacklist",), message("Refuse a value from now on."),
            (
                Field("valueType", "String",
                      message("creditCardNumber, shopperEmail, customerIP and others"), True),
                Field("value", "String 100", message("What is refused"), True),
            ),
        ),
        Endpoint(
            "GET", ("/subscription/{subscription_id}",),
            message("A subscription with its transactions."),
            answers=("subscription", "transactionList[]"),
        ),
        Endpoint(
            "POST",
            ("/subscription/{subscription_id}/cancel", "/subscription/{subscription_id}/rebill"),
            message("End a subscription. The second address is a known slip of one client."),
            (REASON,), answers=("subscription",),
        ),
        Endpoint(
            "POST", ("/subscription/{subscription_id}/instantconversion",),
            message("End the trial now: the first charge is made at once. The body is empty."),
            answers=("transactionID", "subscription"),
        ),
        Endpoint(
            "GET", ("/subscriptions",),
            message("Subscriptions that ended within at most 31 days, or began in them."),
            (
                START_DATE, END_DATE,
                Field("allSubscriptions", "0 or 1", message("1: those that began")),
            ),
            answers=("subscriptionList[]",),
        ),
        Endpoint(
            "GET", ("/subscription/offer/{offer_id}",),
            message("The terms of an offer."), answers=("offer",),
        ),
    ),
}  # fmt: skip
# What browsers and waiting programs reach; no key is sent there.
OPEN: tuple[Endpoint, ...] = (
    Endpoint(
        "WebSocket", ("/payment/watch/{address}",),
        message("The address that a direct call gives: one frame when the transaction is over."),
        success="",
    ),
    Endpoint(
        "POST", ("/mpi/pareq/{number}",),
        message("The sandbox’s bank, which asks its customer."), success="",
    ),
)  # fmt: skip
# What an API says of itself, beside the results of transactions.
API_CODES = {
    "000": message("Done"),
    "200": message("Done (prepare, and the cancel of a subscription)"),
    "312": message("No transaction of yours has this number"),
    "400": message("A parameter of the address is missing, or its window is too long"),
    "401": message("A field of the body is missing; the message names it"),
    "402": message("The body is not a JSON object"),
    "403": message("Number and key do not belong together (with HTTP 403)"),
    "404": message("There is nothing at this address (with HTTP 404)"),
    "500": message("Something went wrong on our side"),
    "501": message("A field cannot be used; the message names it"),
    "674": message("The subscription is over already"),
    "678": message("No subscription of yours has this number, or it is not in its trial"),
    "998": message("The result is not known yet: do not charge again, ask the status"),
    "-1": message("The shopper gave up (in the browser’s data)"),
}
