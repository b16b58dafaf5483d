"""Every request has a name, in its answer and in the log lines that it causes."""

import io
import json
import logging
from collections.abc import Callable, Iterator

import httpx
import pytest
import structlog

from bot import logs

Get = Callable[..., httpx.Response]


@pytest.fixture
def json_logs() -> Iterator[Callable[[], list[dict]]]:
    """The JSON lines that were logged."""
    root, written = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    logs.configure("json", stream=written)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_an_answer_carries_the_name_of_its_request(get: Get) -> None:
    one, other = get("/healthz"), get("/healthz")

    assert len(one.headers["x-request-id"]) == 16
    assert one.headers["x-request-id"] != other.headers["x-request-id"]


def test_a_log_line_names_the_request_and_hides_secrets(
    json_logs: Callable[[], list[dict]],
) -> None:
    log = structlog.get_logger("test")

    with structlog.contextvars.bound_contextvars(request="abc", incident="INC-1"):
        log.warning("sent", header="Bearer wrt_secret", token="xoxb-1-2-abc")

    (line,) = json_logs()
    assert line["request"] == "abc"
    assert line["incident"] == "INC-1"
    assert "secret" not in line["header"].replace("[secret]", "")
    assert line["token"] == "[secret]"
