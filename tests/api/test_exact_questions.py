"""An address says what is documented and nothing else: a mistyped filter never answers all."""

import pytest

from kit import Shop, platform_client


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/payments", "order"), ("/transactions", "status"), ("/transactions/totals", "status"),
        ("/consumers", "email"), ("/events", "cursor"), ("/subscriptions", "state"),
        ("/payments", "Limit"), ("/payments", "x" * 500), ("/payments", "\x00"), ("/payments", ""),
    ],
)  # fmt: skip
async def test_a_parameter_that_nobody_knows_is_refused_by_name(
    shop: Shop, path: str, name: str
) -> None:
    await shop.paid(order_id="of-somebody")
    answer = await shop.get(path, **{name: "foo"})
    refused = answer.json()
    assert (answer.status_code, refused["code"]) == (400, "unknown_parameter"), answer.text
    assert refused["errors"][0]["pointer"] == f"/{name[:40]}"
    assert "known: " in refused["detail"]
    assert len(answer.text) < 1000


async def test_the_known_parameters_are_told_and_work(shop: Shop) -> None:
    await shop.paid(order_id="mine")
    refused = await shop.get("/payments", order="mine")
    assert "consumer, cursor, limit, order_id" in refused.json()["detail"]
    found = await shop.get("/payments", order_id="mine", limit=1)
    assert [row["order_id"] for row in found.json()["data"]] == ["mine"]
    async with shop.client as client:
        assert (await client.get("/api/v1/payments?limit=1&")).status_code == 200


async def test_a_parameter_given_twice_is_refused(shop: Shop) -> None:
    answer = await shop.get("/payments", order_id=["a", "b"])
    assert (answer.status_code, answer.json()["code"]) == (400, "repeated_parameter")


async def test_an_act_takes_no_parameter_that_it_would_ignore(shop: Shop) -> None:
    sale = await shop.paid(1000)
    refused = await shop.post(f"/operations/{sale['id']}/refunds?amount=100", {"amount": 1})
    assert (refused.status_code, refused.json()["code"]) == (400, "unknown_parameter")
    assert (await shop.get(f"/payments/{sale['payment']}")).json()["refunded"] == 0


async def test_a_platform_key_is_told_the_same(shop: Shop) -> None:
    async with await platform_client(shop.app) as platform:
        answer = await platform.get("/companies", params={"name": "Shop"})
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_parameter")
