"""A platform key says in headers which company and which mode it means; the API tells how."""

from litestar import Litestar

from api.test_openapi import acts, description
from comptoir.kit import ids
from kit import Shop, platform_client


async def test_a_platform_key_without_a_company_is_told_the_header(shop: Shop) -> None:
    async with await platform_client(shop.app) as platform:
        number = ids.typeid("ori", shop.originator.id)
        for path in ("/events", f"/originators/{number}", f"/originators/{number}/settings"):
            answer = await platform.get(path)
            refused = answer.json()
            assert (answer.status_code, refused["code"]) == (400, "company_needed"), answer.text
            assert "Comptoir-Company" in refused["detail"]
        company = {"Comptoir-Company": ids.typeid("com", shop.company.id)}
        named = await platform.get(f"/originators/{number}/settings", headers=company)
    assert named.status_code == 200, named.text


async def test_the_headers_of_a_platform_key_are_described_with_an_example(app: Litestar) -> None:
    described = await description(app)
    parts = described["components"]["parameters"]
    for name, example in (("Comptoir-Company", "com_"), ("Comptoir-Mode", "live")):
        part = parts[name]
        assert (part["name"], part["in"], part["required"]) == (name, "header", False)
        assert part["example"].startswith(example)
        assert "platform key" in part["description"]
        for _, path, act in acts(described):
            assert {"$ref": f"#/components/parameters/{name}"} in act["parameters"], path
    assert "company_needed" in parts["Comptoir-Company"]["description"]
    assert ids.untype("com", parts["Comptoir-Company"]["example"])
