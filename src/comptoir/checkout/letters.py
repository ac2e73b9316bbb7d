"""The mails about outcomes: to the shopper a receipt, to the merchant a notification.

Plain text in three languages that stand side by side, so that none can be forgotten. Of a card
only its brand and last four digits are ever said.
"""

from dataclasses import dataclass
from datetime import datetime

from comptoir.kit.money import Money

Letter = tuple[str, str]  # Subject, text.

LANGUAGES = ("en", "es", "fr")
SOURCE = "en"
TAKEN_BACK = frozenset({"chargeback", "reversal"})  # The shop is told of these, its shopper knows.
# Countries whose shoppers read one of our languages; the others get the shop's own.
_SPOKEN = {
    **dict.fromkeys(
        "AR BO CL CO CR CU DO EC ES GT HN MX NI PA PE PR PY SV UY VE".split(), "es"
    ),
    **dict.fromkeys("CI FR GF GP MC MQ NC PF RE SN".split(), "fr"),
    **dict.fromkeys("AU CA GB IE NZ US".split(), "en"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of an outcome."""

    shop: str
    kind: str
    result: str  # accepted, declined, failed
    code: str
    amount: Money
    order_id: str
    number: int
    at: datetime
    live: bool
    name: str | None = None
    email: str | None = None
    brand: str | None = None
    last4: str | None = None
    descriptor: str | None = None
    support: str | None = None
    link: str | None = None


def language_of(said: str | None, country: str | None, usual: str) -> str:
    """The shopper's language: what the shop says, else the country's, else the shop's own."""
    short = (said or "").strip().lower()[:2]
    if short in LANGUAGES:
        return short
    return _SPOKEN.get((country or "").upper(), usual if usual in LANGUAGES else SOURCE)


def receipt(told: Told, language: str) -> Letter:
    """What the shopper reads."""
    words = WORDS[language]
    good = told.result == "accepted"
    what = words[f"receipt.{told.kind}" if good else "receipt.refused"]
    amount = _amount(told.amount, language)
    subject = words["receipt.subject" if good else "receipt.subject.refused"]
    name = _name(told.name)
    hello = words["hello.name"].format(name=name) if name else words["hello"]
    lines = [hello, "", what.format(shop=told.shop), ""]
    lines += _facts(
        language,
        [
            ("amount", amount), ("order", told.order_id), ("date", f"{told.at:%Y-%m-%d %H:%M} UTC"),
            ("card", _card(told)), ("statement", told.descriptor if good else None),
            ("transaction", str(told.number)),
        ],
    )  # fmt: skip
    if told.support:
        lines += ["", words["support"], told.support]
    return _sent(told, language, subject.format(amount=amount, shop=told.shop), lines)


def notification(told: Told, language: str) -> Letter:
    """What the merchant reads."""
    words = WORDS[language]
    amount = _amount(told.amount, language)
    kind, result = words[f"kind.{told.kind}"], words[f"result.{told.result}"]
    taken = told.kind in TAKEN_BACK  # "Accepted" would sound like good news.
    subject = words["notification.taken_back" if taken else "notification.subject"].format(
        kind=kind, result=result, amount=amount, order=told.order_id
    )
    lines = _facts(
        language,
        [
            ("shop", told.shop), ("what", kind),
            ("result", None if taken else f"{result} ({told.code})"), ("amount", amount),
            ("order", told.order_id), ("date", f"{told.at:%Y-%m-%d %H:%M} UTC"),
            ("shopper", told.email), ("card", _card(told)), ("transaction", str(told.number)),
        ],
    )  # fmt: skip
    if told.link:
        lines += ["", words["look"], told.link]
    return _sent(told, language, subject, lines)


def _sent(told: Told, language: str, subject: str, lines: list[str]) -> Letter:
    words = WORDS[language]
    if not told.live:
        subject = f"[{words['test.short']}] {subject}"
        lines = [words["test"], "", *lines]
    return " ".join(subject.split()), "\n".join([*lines, "", "-- ", told.shop, ""])


def _facts(language: str, given: list[tuple[str, str | None]]) -> list[str]:
    words = WORDS[language]
    return [f"{words[f'fact.{name}']}: {' '.join(text.split())}" for name, text in given if text]


def _name(name: str | None) -> str:
    """A shopper's name, unless it smuggles an address or another paragraph into a mail of ours."""
    text = " ".join((name or "").split())
    return "" if any(sign in text for sign in "/:@") else text


def _card(told: Told) -> str | None:
    if told.last4 is None:
        return None
    return f"{(told.brand or '').upper()} •••• {told.last4}".strip()


def _amount(money: Money, language: str) -> str:
    number = money.text()
    return f"{number if language == 'en' else number.replace('.', ',')} {money.currency}"


WORDS: dict[str, dict[str, str]] = {
    "en": {
        "hello": "Hello,",
        "hello.name": "Hello {name},",
        "receipt.subject": "Your payment to {shop}: {amount}",
        "receipt.subject.refused": "Your payment to {shop} was not accepted",
        "receipt.sale": "your payment to {shop} was accepted. Thank you.",
        "receipt.authorize": "your payment to {shop} was authorised. The amount is reserved and"
        " taken when the shop confirms your order.",
        "receipt.rebill": "the next payment of your subscription with {shop} was made.",
        "receipt.refund": "{shop} paid this amount back to you. Your bank may need some days to"
        " show it.",
        "receipt.refused": "your payment to {shop} was not accepted. You were not charged.",
        "notification.subject": "{kind}, {result}: {amount}, order {order}",
        "notification.taken_back": "{kind}: {amount}, order {order}",
        "kind.sale": "Sale",
        "kind.authorize": "Authorization",
        "kind.capture": "Capture",
        "kind.cancel": "Cancellation",
        "kind.refund": "Refund",
        "kind.rebill": "Rebill",
        "kind.credit": "Credit",
        "kind.chargeback": "Chargeback",
        "kind.reversal": "Taken back by the bank",
        "result.accepted": "accepted",
        "result.declined": "declined",
        "result.failed": "failed",
        "fact.shop": "Shop",
        "fact.what": "Operation",
        "fact.result": "Result",
        "fact.amount": "Amount",
        "fact.order": "Order",
        "fact.date": "Date",
        "fact.card": "Card",
        "fact.statement": "On your statement",
        "fact.shopper": "Shopper",
        "fact.transaction": "Transaction",
        "support": "Questions about your order? The shop helps you:",
        "look": "In the back office:",
        "test": "This is a test. No money was moved.",
        "test.short": "Test",
    },
    "es": {
        "hello": "Hola:",
        "hello.name": "Hola, {name}:",
        "receipt.subject": "Su pago a {shop}: {amount}",
        "receipt.subject.refused": "Su pago a {shop} no fue aceptado",
        "receipt.sale": "su pago a {shop} fue aceptado. Gracias.",
        "receipt.authorize": "su pago a {shop} fue autorizado. El importe queda reservado y se"
        " cobrará cuando la tienda confirme su pedido.",
        "receipt.rebill": "se hizo el siguiente pago de su suscripción con {shop}.",
        "receipt.refund": "{shop} le devolvió este importe. Su banco puede tardar unos días en"
        " mostrarlo.",
        "receipt.refused": "su pago a {shop} no fue aceptado. No se le ha cobrado nada.",
        "notification.subject": "{kind}, {result}: {amount}, pedido {order}",
        "notification.taken_back": "{kind}: {amount}, pedido {order}",
        "kind.sale": "Venta",
        "kind.authorize": "Autorización",
        "kind.capture": "Captura",
        "kind.cancel": "Cancelación",
        "kind.refund": "Devolución",
        "kind.rebill": "Cobro recurrente",
        "kind.credit": "Abono",
        "kind.chargeback": "Contracargo",
        "kind.reversal": "Retirado por el banco",
        "result.accepted": "con éxito",
        "result.declined": "sin aprobación",
        "result.failed": "con error",
        "fact.shop": "Tienda",
        "fact.what": "Operación",
        "fact.result": "Resultado",
        "fact.amount": "Importe",
        "fact.order": "Pedido",
        "fact.date": "Fecha",
        "fact.card": "Tarjeta",
        "fact.statement": "En su extracto",
        "fact.shopper": "Comprador",
        "fact.transaction": "Transacción",
        "support": "¿Preguntas sobre su pedido? La tienda le ayuda:",
        "look": "En el back office:",
        "test": "Esto es una prueba. No se ha movido dinero.",
        "test.short": "Prueba",
    },
    "fr": {
        "hello": "Bonjour,",
        "hello.name": "Bonjour {name},",
        "receipt.subject": "Votre paiement à {shop} : {amount}",
        "receipt.subject.refused": "Votre paiement à {shop} n'a pas été accepté",
        "receipt.sale": "votre paiement à {shop} a été accepté. Merci.",
        "receipt.authorize": "votre paiement à {shop} a été autorisé. Le montant est réservé et"
        " sera prélevé quand la boutique confirmera votre commande.",
        "receipt.rebill": "le paiement suivant de votre abonnement chez {shop} a été effectué.",
        "receipt.refund": "{shop} vous a remboursé ce montant. Votre banque peut mettre quelques"
        " jours à l'afficher.",
        "receipt.refused": "votre paiement à {shop} n'a pas été accepté. Rien n'a été débité.",
        "notification.subject": "{kind}, {result} : {amount}, commande {order}",
        "notification.taken_back": "{kind} : {amount}, commande {order}",
        "kind.sale": "Vente",
        "kind.authorize": "Autorisation",
        "kind.capture": "Capture",
        "kind.cancel": "Annulation",
        "kind.refund": "Remboursement",
        "kind.rebill": "Prélèvement récurrent",
        "kind.credit": "Crédit",
        "kind.chargeback": "Impayé (chargeback)",
        "kind.reversal": "Repris par la banque",
        "result.accepted": "réussite",
        "result.declined": "refus",
        "result.failed": "échec",
        "fact.shop": "Boutique",
        "fact.what": "Opération",
        "fact.result": "Résultat",
        "fact.amount": "Montant",
        "fact.order": "Commande",
        "fact.date": "Date",
        "fact.card": "Carte",
        "fact.statement": "Sur votre relevé",
        "fact.shopper": "Acheteur",
        "fact.transaction": "Transaction",
        "support": "Des questions sur votre commande ? La boutique vous aide :",
        "look": "Dans le back office :",
        "test": "Ceci est un test. Aucun argent n'a été déplacé.",
        "test.short": "Test",
    },
}
