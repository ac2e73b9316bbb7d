"""Connect2Pay's closed lists, and the shapes of its objects with their lengths."""

from comptoir.checkout import NETWORKS
from comptoir.subscriptions import TYPES
from comptoir.wire.fields import Choice, Date8, Flag, Number, Price, Shape, Text

UNKNOWN_VERSION = "002.70"  # A call that names no revision: today's objects, closed lists.

PAYMENT_METHODS = Choice(
    "CreditCard", "BankTransfer", "DirectDebit", "WeChat", "Alipay", "Line", "UnionPay",
    "Bancontact", "Upi",
)  # fmt: skip
FILTER_METHODS = Choice(
    "CreditCard", "BankTransfer", "DirectDebit", "WeChat", "Alipay", "Line", "UnionPay",
    "Bancontact", "Upi", "ToditoCash", "Chargeback", "Reversal",
)  # fmt: skip
PAYMENT_NETWORKS = Choice(*NETWORKS)
PAYMENT_MODES = Choice("Single", "OnShipping", "Recurrent", "InstalmentsPayments")
OPERATIONS = Choice("sale", "authorize")
LISTED_OPERATIONS = Choice(
    "authorize", "capture", "sale", "submission", "collection", "cancel", "refund",
    "refund_request", "rebill", "chargeback", "dispute", "retrieval", "reversal", "fraud",
    "representment", "credit",
)  # fmt: skip
SUBSCRIPTION_TYPES = Choice(*TYPES)
LANGUAGES = Choice("en", "fr", "es", "it", "de", "zh_hant")

_AGE = Choice("01", "02", "03", "04", "05")
_CHANGE = Choice("01", "02", "03", "04")
_SHIPPING_TYPES = Choice(
    "01", "02", "03", "04", "05", "06", "07", physical="01", virtual="05", access="05"
)

SHOPPER: Shape = {
    "id": Text(100), "firstName": Text(35), "lastName": Text(35), "name": Text(80),
    "address1": Text(50), "address2": Text(50), "address3": Text(50), "zipcode": Text(16),
    "city": Text(50), "state": Text(3), "countryCode": Text(2), "homePhonePrefix": Text(4),
    "homePhone": Text(20), "mobilePhonePrefix": Text(4), "mobilePhone": Text(20),
    "workPhonePrefix": Text(4), "workPhone": Text(20), "email": Text(100),
    "company": Text(128), "birthDate": Date8(), "idNumber": Text(32),
}  # fmt: skip
ACCOUNT: Shape = {
    "age": _AGE, "date": Date8(), "lastChange": _CHANGE, "lastChangeDate": Date8(),
    "pwChange": _AGE, "pwChangeDate": Date8(), "shipInfoAge": _CHANGE, "shipInfoDate": Date8(),
    "transLastDay": Number(), "transLastYear": Number(), "cardsAddLastDay": Number(),
    "orderSixMonths": Number(), "suspicious": Flag(), "namesMatching": Flag(),
    "paymentMeanAge": _AGE, "paymentMeanDate": Date8(),
}  # fmt: skip
ORDER: Shape = {
    "id": Text(100), "type": Choice("01", "03", "10", "11", "28"),
    "shippingType": _SHIPPING_TYPES, "deliveryDelay": _CHANGE, "deliveryEmail": Text(100),
    "reorder": Flag(), "preOrder": Flag(), "preOrderDate": Date8(), "prepaidAmount": Number(),
    "prepaidCurrency": Text(3), "prepaidCount": Number(), "shopperLoyaltyProgram": Text(50),
    "totalWithoutShipping": Number(), "shippingPrice": Number(), "discount": Number(),
    "description": Text(500), "affiliateID": Text(16), "campaignName": Text(128),
    "merchantIdentifier": Text(128),
}  # fmt: skip
RECURRENCE: Shape = {
    "type": SUBSCRIPTION_TYPES, "totalIterations": Number(), "expiry": Date8(),
    "frequency": Number(9999),
}  # fmt: skip
CART_ITEM: Shape = {
    "cartProductId": Number(2**31 - 1), "cartProductName": Text(256),
    "cartProductUnitPrice": Price(), "cartProductQuantity": Number(),
    "cartProductBrand": Text(128), "cartProductMPN": Text(128),
    "cartProductCategoryName": Text(128), "cartProductCategoryID": Number(2**31 - 1),
}  # fmt: skip
NOTIFY: Shape = {
    "orderFOLanguage": Text(50), "merchantNotification": Flag(),
    "merchantNotificationTo": Text(100), "merchantNotificationLang": LANGUAGES,
}  # fmt: skip
SHIPPING: Shape = {
    "name": Text(80), "company": Text(128), "address1": Text(50), "address2": Text(50),
    "address3": Text(50), "zipcode": Text(16), "city": Text(50), "state": Text(3),
    "countryCode": Text(2), "phone": Text(20),
}  # fmt: skip

# The flat form (until 002.62): its names, and where each belongs in the nested one.
FLAT_SHOPPER = {
    "shopperID": "id", "shopperEmail": "email", "shopperFirstName": "firstName",
    "shopperLastName": "lastName", "shopperPhone": "homePhone", "shopperAddress": "address1",
    "shopperState": "state", "shopperZipcode": "zipcode", "shopperCity": "city",
    "shopperCountryCode": "countryCode", "shopperCompany": "company",
    "shopperBirthDate": "birthDate", "shopperIDNumber": "idNumber", "shopperName": "name",
}  # fmt: skip
FLAT_ORDER = {
    "orderID": "id", "orderDescription": "description",
    "orderTotalWithoutShipping": "totalWithoutShipping", "orderShippingPrice": "shippingPrice",
    "orderDiscount": "discount", "shippingType": "shippingType",
    "shopperLoyaltyProgram": "shopperLoyaltyProgram", "affiliateID": "affiliateID",
    "campaignName": "campaignName", "orderCartContent": "cartContent",
}  # fmt: skip
FLAT_SHIPPING = {
    "shipToCompany": "company", "shipToPhone": "phone", "shipToAddress": "address1",
    "shipToState": "state", "shipToZipcode": "zipcode", "shipToCity": "city",
    "shipToCountryCode": "countryCode",
}  # fmt: skip
