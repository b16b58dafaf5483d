"""``probes/*.yaml`` become probes; what is wrong is told where it stands."""

from datetime import timedelta
from pathlib import Path

import pytest

from incidents.catalog.probes import read_probes
from incidents.model.objective import SLOName
from incidents.model.probing import DNS, HTTP, TCP, TLS, Probe

SLO = SLOName("checkout/outside")
FRONT = """\
name: front
slo: checkout/outside
every: 30s
timeout: 800ms
http:
  url: https://Shop.example.com/health
  status: [200, 204]
  contains: fine
  faster_than: 500ms
  follow: [www.example.com]
"""
OTHERS = """\
probes:
  - name: database
    tcp: {host: db.internal, port: 5432}
  - name: certificate
    slo: checkout/outside
    tls: {host: shop.example.com, days: 21}
  - name: name
    dns: {name: shop.example.com, type: AAAA, server: 192.0.2.53, answers: ["2001:db8::1"]}
"""


def read(tmp_path: Path, *texts: str) -> tuple[tuple[Probe, ...], list[str]]:
    folder = tmp_path / "probes"
    folder.mkdir(exist_ok=True)
    for number, text in enumerate(texts):
        (folder / f"{number}.yaml").write_text(text)
    probes, problems = read_probes(tmp_path, {SLO})
    return probes, [str(one) for one in problems]


def test_each_kind_is_read(tmp_path: Path) -> None:
    probes, problems = read(tmp_path, FRONT, OTHERS)

    assert problems == []
    assert probes == (
        Probe("certificate", TLS("shop.example.com", days=21), slo=SLO),
        Probe("database", TCP("db.internal", 5432)),
        Probe(
            "front",
            HTTP(
                url="https://Shop.example.com/health",
                host="shop.example.com",
                status=(200, 204),
                contains="fine",
                faster_than=timedelta(milliseconds=500),
                follow=("www.example.com",),
            ),
            every=timedelta(seconds=30),
            timeout=timedelta(milliseconds=800),
            slo=SLO,
        ),
        Probe("name", DNS("shop.example.com", "AAAA", ("2001:db8::1",), "192.0.2.53")),
    )


def test_no_folder_is_no_probes(tmp_path: Path) -> None:
    assert read_probes(tmp_path, ()) == ((), ())


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            "every: 30s",
            "every: 1h",
            "3:1: every: data that is older than 5 minutes freezes its SLO, expected 5s to 4m",
        ),
        (
            "timeout: 800ms",
            "timeout: 31s",
            "4:1: timeout: it is over before the next begins, expected 30s at most",
        ),
        (
            "slo: checkout/outside",
            "slo: checkout/inside",
            "2:1: slo: there is no SLO called checkout/inside",
        ),
        (
            "https://Shop.example.com/health",
            "ftp://shop.example.com",
            (
                "6:3: http.url: this is not an address, expected one like "
                "https://status.example.com/health"
            ),
        ),
        (
            "https://Shop.example.com/health",
            "https://me:secret@shop.example.com",
            (
                "6:3: http.url: a name and a password in an address are not sent, "
                "expected one like https://status.example.com/health"
            ),
        ),
        (
            "[200, 204]",
            "[2xx]",
            (
                "7:3: http.status: this is no status of HTTP, expected one like 200, or a list "
                "like [200, 204]"
            ),
        ),
        ("contains: fine", "contians: fine", "8:3: http.contians: this key is not known here"),
        (
            "name: front",
            "name: front\ntcp: {host: db, port: 1}",
            "1:1: a probe looks at one thing, expected exactly one of http, tcp, tls and dns",
        ),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(
    tmp_path: Path, before: str, after: str, expected: str
) -> None:
    assert before in FRONT

    _, problems = read(tmp_path, FRONT.replace(before, after))

    assert problems == [f"probes/0.yaml:{expected}"]


def test_two_probes_of_one_name_are_found(tmp_path: Path) -> None:
    _, problems = read(tmp_path, FRONT, FRONT)

    assert problems == ["probes/1.yaml:1:1: there is another probe front"]
