"""Other catalogues in our words: Backstage, Datadog, OpsLevel, CODEOWNERS."""

from pathlib import Path
from textwrap import dedent

import pytest

from incidents.catalog.catalog import load_catalog
from incidents.catalog.files import parse
from incidents.catalog.imports.backstage import read_backstage, reference
from incidents.catalog.imports.codeowners import owners_of, read_codeowners, read_rules
from incidents.catalog.imports.datadog import read_datadog
from incidents.catalog.imports.entries import Imported, lifecycle_of, slug, tier_of
from incidents.catalog.imports.opslevel import read_opslevel
from incidents.catalog.imports.plan import Plan, plan, write
from incidents.catalog.kept import Kept
from incidents.errors import Misconfigured, Refused
from incidents.model.services import Lifecycle

BACKSTAGE = """\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: Order-Processor
  title: Order processor
  description: |
    Takes orders.
    And more.
  annotations: {acme.example/tier: critical}
  tags: [java]
  links:
    - {url: https://runbooks.example.com/op, title: What to do, type: runbook}
    - {url: https://dashboards.example.com/op, title: Grafana board, icon: dashboard}
    - {url: https://chat.example.com, title: Chat}
spec:
  type: service
  lifecycle: production
  owner: group:default/orders
  system: shop
  dependsOn: ["resource:orders-db", "component:default/mail", "ghost"]
  consumesApis: [stock-api]
---
apiVersion: backstage.io/v1alpha1
kind: Resource
metadata: {name: orders-db}
spec: {type: database, owner: dbas, dependencyOf: ["component:mail"]}
---
apiVersion: backstage.io/v1alpha1
kind: API
metadata: {name: stock-api}
spec: {type: openapi, lifecycle: production, owner: stock, definition: {$text: ./x.yaml}}
"""
MORE_OF_BACKSTAGE = """\
kind: Component
metadata: {name: stock}
spec: {type: service, lifecycle: experimental, owner: stock, providesApis: [stock-api]}
---
kind: Component
metadata: {name: mail}
spec: {type: website, lifecycle: deprecated, owner: user:jane}
---
kind: Component
metadata: {name: money}
spec: {type: library, lifecycle: production, owner: stock}
---
kind: Group
metadata: {name: orders}
spec: {type: team, children: [], profile: {displayName: Orders}, members: [jane]}
---
kind: User
metadata: {name: jane}
spec: {profile: {displayName: Jane Doe, email: jane@example.com}, memberOf: [stock]}
"""


def put(folder: Path, **files: str) -> Path:
    """Files by path, ``__`` for ``/`` and ``_`` for ``.`` before the ending."""
    for name, text in files.items():
        stem, _, ending = name.replace("__", "/").rpartition("_")
        path = folder / f"{stem}.{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
    return folder


@pytest.fixture
def backstage(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    (folder / "a" / "node_modules").mkdir(parents=True)
    (folder / "b").mkdir()
    (folder / "a" / "catalog-info.yaml").write_text(BACKSTAGE)
    (folder / "a" / "node_modules" / "catalog-info.yaml").write_text("kind: Nonsense\n")
    (folder / "b" / "catalog-info.yaml").write_text(MORE_OF_BACKSTAGE)
    return folder


def test_backstage_s_components_resources_groups_and_users_are_read(backstage: Path) -> None:
    found = read_backstage(backstage)

    assert found.services["order-processor"] == {
        "name": "order-processor",
        "title": "Order processor",
        "tier": 1,
        "team": "orders",
        "lifecycle": "production",
        "tags": ["java", "shop"],
        "description": "Takes orders.\nAnd more.",
        "runbooks": [{"name": "What to do", "url": "https://runbooks.example.com/op"}],
        "dashboards": [{"name": "Grafana board", "url": "https://dashboards.example.com/op"}],
        "depends_on": ["orders-db", "mail", "ghost", "stock"],
    }
    assert found.services["mail"]["depends_on"] == ["orders-db"]
    assert "team" not in found.services["mail"]
    assert found.teams == {
        "orders": {"name": "orders", "title": "Orders", "members": ["jane"]},
        "stock": {"name": "stock", "members": ["jane"]},
    }
    assert found.people == {
        "jane": {"handle": "jane", "name": "Jane Doe", "email": "jane@example.com"}
    }
    assert found.remarks == ["b/catalog-info.yaml: money is a library, left out"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("pay", ("component", "here", "pay")),
        ("Resource:Pay", ("resource", "here", "pay")),
        ("other/pay", ("component", "other", "pay")),
        ("api:other/pay", ("api", "other", "pay")),
    ],
)
def test_a_reference_says_kind_and_namespace_or_takes_those_around_it(
    written: str, meant: tuple[str, str, str]
) -> None:
    assert reference(written, "component", "here") == meant


def test_what_is_no_yaml_is_left_out_and_told_with_its_place(backstage: Path) -> None:
    (backstage / "b" / "catalog-info.yaml").write_text("kind: [unclosed\n")

    found = read_backstage(backstage)

    assert set(found.services) == {"order-processor", "orders-db"}
    assert found.remarks[0].startswith("b/catalog-info.yaml:2:1: not valid YAML")


def test_where_nothing_is_to_be_found_it_says_what_it_looked_for(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"Looked for catalog-info\*\.yaml"):
        read_backstage(tmp_path)
    with pytest.raises(Refused, match="There is no "):
        read_opslevel(tmp_path / "nowhere")


DATADOG = """\
schema-version: v2.2
dd-service: Web_Store
team: shopist
contacts:
  - {type: email, contact: team@example.com}
  - {type: slack, contact: "#team-shopist"}
application: shopist
description: The storefront
tier: tier1
lifecycle: production
type: web
links:
  - {name: Demo Dashboard, type: dashboard, url: https://app.example.com/d/1}
  - {name: Common Operations, type: runbook, url: https://wiki.example.com/ops}
  - {name: Source, type: repo, url: https://git.example.com}
---
apiVersion: v3
kind: service
metadata:
  name: cart
  displayName: Shopping Cart
  owner: group:buyers
  links: [{name: Cart runbook, type: runbook, provider: wiki, url: https://wiki.example.com/cart}]
spec:
  tier: high
  lifecycle: beta
  type: grpc
  dependsOn: ["service:web_store", "datastore:cart-db", "system:shop"]
  componentOf: ["system:shop"]
---
apiVersion: v3
kind: datastore
metadata: {name: cart-db}
spec: {type: postgres}
---
apiVersion: v3
kind: system
metadata: {name: shop}
spec: {components: ["service:cart"]}
"""


def test_both_generations_of_datadog_s_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "service.datadog.yaml").write_text(DATADOG)

    found = read_datadog(tmp_path)

    assert found.services == {
        "web_store": {
            "name": "web_store",
            "tier": 1,
            "team": "shopist",
            "lifecycle": "production",
            "description": "The storefront",
            "dashboards": [{"name": "Demo Dashboard", "url": "https://app.example.com/d/1"}],
            "runbooks": [{"name": "Common Operations", "url": "https://wiki.example.com/ops"}],
            "tags": ["shopist", "web"],
            "channel": "team-shopist",
        },
        "cart": {
            "name": "cart",
            "tier": 2,
            "team": "buyers",
            "lifecycle": "experimental",
            "runbooks": [{"name": "Cart runbook", "url": "https://wiki.example.com/cart"}],
            "title": "Shopping Cart",
            "tags": ["grpc", "shop"],
            "depends_on": ["web_store", "cart-db"],
        },
        "cart-db": {
            "name": "cart-db",
            "lifecycle": "production",
            "tags": ["datastore", "postgres"],
        },
    }
    assert found.remarks == [
        "service.datadog.yaml: system:shop is not a service, dependency left out",
        "service.datadog.yaml: shop is a system, left out",
    ]


def test_opslevel_s_services_name_each_other_by_alias(tmp_path: Path) -> None:
    put(
        tmp_path,
        a__opslevel_yml="""\
            version: 1
            service:
              name: Order Processor
              owner: orders_team
              lifecycle: public_ga
              tier: tier_0
              product: Shop
              aliases: [orders, order_processor]
              tags: [{key: pci, value: "yes"}]
              tools:
                - {name: Runbook, category: runbooks, url: https://wiki.example.com/op}
                - {name: Grafana, category: metrics, url: https://dashboards.example.com/op}
              dependencies: [{alias: carts, notes: for prices}]
            """,
        b__opslevel_yml="""\
            version: 1
            component: {name: Cart, type: service, tier: tier_2, lifecycle: pre-alpha,
                        aliases: [carts], dependencies: [orders]}
            """,
        c__opslevel_yml="version: 1\nrepository: {owner: orders_team}\n",
        d__opslevel_yml="version: 1\nteam: {name: Orders, alias: orders_team, members: [{email: A@x.io}]}\n",  # noqa: E501
    )

    found = read_opslevel(tmp_path)

    assert found.services["order-processor"] == {
        "name": "order-processor",
        "title": "Order Processor",
        "tier": 1,
        "team": "orders_team",
        "lifecycle": "production",
        "tags": ["shop", "yes"],
        "aliases": ["order_processor", "orders"],
        "runbooks": [{"name": "Runbook", "url": "https://wiki.example.com/op"}],
        "dashboards": [{"name": "Grafana", "url": "https://dashboards.example.com/op"}],
        "depends_on": ["cart"],
    }
    assert found.services["cart"]["depends_on"] == ["order-processor"]
    assert found.services["cart"]["lifecycle"] == "experimental"
    assert found.teams == {
        "orders_team": {"name": "orders_team", "title": "Orders", "members": ["a@x.io"]}
    }
    assert found.remarks == []


CODEOWNERS = """\
# who owns what
*                     @acme/everybody
/services/cart/       @acme/buyers   # since May
/services/orders/**   @acme/orders @acme/buyers @jane
/services/mail/       @jane help@example.com
/services/lost/
*.md                  @acme/writers
apps/web\\ shop/      @acme/front
"""


def test_codeowners_give_folders_to_teams(tmp_path: Path) -> None:
    put(tmp_path / ".github", x_x="")
    (tmp_path / ".github" / "CODEOWNERS").write_text(CODEOWNERS)

    found = read_codeowners(tmp_path)

    assert {name: one.get("team") for name, one in found.services.items()} == {
        "cart": "buyers",
        "orders": "orders",
        "mail": None,
        "lost": None,
        "web-shop": "front",
    }
    assert found.services["cart"]["description"] == "In services/cart/."
    assert found.remarks == [
        "services/orders is also owned by buyers; one team is taken",
        "services/mail is owned by @jane, help@example.com and by no team",
        "nobody owns services/lost",
    ]


def test_with_a_folder_every_folder_in_it_is_a_service(tmp_path: Path) -> None:
    (tmp_path / "CODEOWNERS").write_text(CODEOWNERS)
    for name in ("cart", "new", ".hidden"):
        (tmp_path / "services" / name).mkdir(parents=True)

    found = read_codeowners(tmp_path, "services")

    assert {name: one.get("team") for name, one in found.services.items()} == {
        "cart": "buyers",
        "new": "everybody",
    }
    with pytest.raises(Refused, match="There is no folder apps"):
        read_codeowners(tmp_path, "apps")
    with pytest.raises(Refused, match="There is no folder"):
        read_codeowners(tmp_path / "CODEOWNERS", "../..")


@pytest.mark.parametrize(
    ("pattern", "path", "is_owned"),
    [
        ("*", "a/b/c", True),
        ("*.js", "a/b.js", True),
        ("*.js", "a/b.jsx", False),
        ("/build/", "build/logs/x", True),
        ("/build/", "a/build/x", False),
        ("docs/*", "docs/x.md", True),
        ("docs/*", "docs/a/x.md", False),
        ("apps/", "x/apps/y", True),
        ("/docs/", "docs", False),
        ("/scripts", "scripts/x", True),
        ("**/logs", "build/logs/x", True),
        ("/a/**/z", "a/b/c/z", True),
        ("/a/**", "a/b/c", True),
        ("/a/**", "ab/c", False),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
    ],
)
def test_patterns_mean_what_git_hosts_say(pattern: str, path: str, *, is_owned: bool) -> None:
    rules = read_rules(f"{pattern} @acme/team")

    assert owners_of(rules, path) == (("@acme/team",) if is_owned else ())


def test_the_last_rule_decides_and_a_section_lends_its_owners() -> None:
    rules = read_rules("* @a/one\n[Docs][2] @a/docs\n/docs/\n/docs/api/ @a/api\n")

    assert owners_of(rules, "x") == ("@a/one",)
    assert owners_of(rules, "docs/x") == ("@a/docs",)
    assert owners_of(rules, "docs/api/x") == ("@a/api",)


@pytest.mark.parametrize(
    ("word", "tier"),
    [("1", 1), (0, 1), ("tier_2", 2), ("Tier 3", 3), ("T4", 4), ("tier-9", 4), ("critical", 1),
     ("High", 2), ("medium", 3), ("low", 4), ("", None), (None, None), ("java", None)],
)  # fmt: skip
def test_tiers_by_any_name(word: object, tier: int | None) -> None:
    assert tier_of(word) == tier


@pytest.mark.parametrize(
    ("word", "stage"),
    [("Production", "production"), ("GA", "production"), ("pre-alpha", "experimental"),
     ("Sunset", "deprecated"), ("end-of-life", "retired"), (None, "production")],
)  # fmt: skip
def test_stages_by_any_name(word: object, stage: str) -> None:
    assert lifecycle_of(word) == stage
    assert stage in list(Lifecycle)


def test_names_are_made_to_fit() -> None:
    assert slug("  Order Processor (v2)! ") == "order-processor-v2"
    assert slug("…") == ""
    assert len(slug("x" * 300)) == 80


OWN = """\
services:
  - {name: mail, tier: 2, team: post, aliases: [mailer]}
teams:
  - {name: post, members: [bo], on_call: post}
"""
POST = "name: post\npeople: [bo]\nstart: 2026-01-05\n"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return put(tmp_path / "config", services__own_yaml=OWN, oncall__post_yaml=POST)


def planned(backstage: Path, config: Path) -> Plan:
    return plan("backstage", read_backstage(backstage), config, tier=3)


def test_what_people_wrote_is_left_alone_and_what_differs_is_told(
    backstage: Path, config: Path
) -> None:
    found = planned(backstage, config)

    assert found.left_alone == (
        (
            "mail stands in services/own.yaml:2; backstage says lifecycle deprecated, "
            "that it depends on orders-db"
        ),
    )
    assert "name: mail" not in found.after
    assert "\n  depends_on: [orders-db, mail, stock]\n" in found.after


def test_nothing_in_it_leads_nowhere_and_each_omission_is_told(
    backstage: Path, config: Path
) -> None:
    found = planned(backstage, config)

    assert found.remarks == (
        "b/catalog-info.yaml: money is a library, left out",
        "2 services without a tier: tier 3 until you know better",
        "order-processor depends on ghost, which is nowhere: left out",
        "your own teams have members who are not under people: no people taken",
    )
    assert [str(one) for one in found.problems] == [
        (
            "services/imported-backstage.yaml:7:3: orders owns order-processor (tier 1) and has "
            "no on-call, expected on_call"
        ),
    ]


def test_writing_it_changes_one_file_of_its_own_and_a_second_time_nothing(
    backstage: Path, config: Path
) -> None:
    before = {path: path.read_text() for path in config.rglob("*.yaml")}

    write(planned(backstage, config), config)
    again = planned(backstage, config)

    after = {path: path.read_text() for path in config.rglob("*.yaml")}
    assert set(after) - set(before) == {config / "services" / "imported-backstage.yaml"}
    assert before.items() <= after.items()
    assert (again.diff, again.added, again.changed, again.removed) == ("", (), (), ())
    assert not again.is_changed


def test_what_changes_at_the_source_changes_and_what_goes_there_goes_here(
    backstage: Path, config: Path
) -> None:
    write(planned(backstage, config), config)
    path = backstage / "b" / "catalog-info.yaml"
    path.write_text(path.read_text().replace("name: stock}", "name: depot}"))
    first = backstage / "a" / "catalog-info.yaml"
    first.write_text(first.read_text().replace("critical", "low"))

    found = planned(backstage, config)

    assert found.added == ("service depot",)
    assert found.changed == ("service order-processor",)
    assert found.removed == ("service stock",)
    assert "\n-  tier: 1\n+  tier: 4\n" in found.diff


def test_a_change_by_hand_in_the_imported_file_is_seen(backstage: Path, config: Path) -> None:
    write(planned(backstage, config), config)
    path = config / "services" / "imported-backstage.yaml"
    path.write_text(path.read_text().replace("tier: 1", "tier: 2"))

    found = planned(backstage, config)

    assert found.is_changed
    assert "\n-  tier: 2\n+  tier: 1\n" in found.diff


def test_circles_are_broken_softly_and_told(tmp_path: Path) -> None:
    source = Imported()
    for name, need in (("a", "b"), ("b", "c"), ("c", "a")):
        source.add({"name": name, "tier": 3, "depends_on": [need]}, "x")

    found = plan("backstage", source, tmp_path, tier=3)

    assert found.problems == ()
    assert found.after.count("soft") == 1
    (remark,) = found.remarks
    assert "is a circle" in remark


def test_texts_that_look_like_something_else_stay_texts(tmp_path: Path) -> None:
    odd = [
        "0o7",
        "1e3",
        "no",
        "true",
        "null",
        "2026-01-05",
        "1_000",
        "~",
        ": x",
        "# y",
        "a: b",
        "é",
    ]
    source = Imported()
    for number, text in enumerate(odd):
        entry = {"name": f"s{number}", "tier": 3, "title": text, "description": f"{text}\n{text}"}
        source.add(entry, "x")

    found = plan("datadog", source, tmp_path, tier=3)
    write(found, tmp_path)

    (document,) = parse(found.after, "x")
    assert [one["title"] for one in document["services"]] == [
        source.services[one["name"]]["title"] for one in document["services"]
    ]
    catalog = load_catalog(tmp_path)
    assert {one.title for one in catalog.services} == set(odd)
    assert Kept(tmp_path / "cache", type(catalog)).keep("1", catalog)


def test_a_configuration_that_cannot_be_read_is_not_guessed_at(
    backstage: Path, config: Path
) -> None:
    put(config, services__more_yaml="name: [unclosed\n")

    with pytest.raises(Misconfigured, match=r"services/more\.yaml"):
        planned(backstage, config)


def test_an_alias_that_is_taken_and_a_dependency_by_alias(config: Path) -> None:
    source = Imported()
    source.add({"name": "web", "aliases": ["mailer", "site"], "depends_on": ["mailer"]}, "x")
    source.add({"name": "edge", "depends_on": ["site", "edge"]}, "x")

    found = plan("opslevel", source, config, tier=4)

    assert "- name: web\n  tier: 4\n  aliases: [site]\n  depends_on: [mail]\n" in found.after
    assert "- name: edge\n  tier: 4\n  depends_on: [web]\n" in found.after
    assert found.remarks == (
        "2 services without a tier: tier 4 until you know better",
        "web: mailer means something else already, left out",
    )
    assert found.problems == ()
