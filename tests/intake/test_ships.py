"""The ways to ship that are told to us, and those that ship nothing."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.intake.readers import READERS

AT = datetime(2026, 11, 18, 8, 50, tzinfo=UTC)
REPOSITORY = {"name": "checkout", "default_branch": "main", "pushed_at": 1794991800}
RELEASED = {
    "action": "published",
    "release": {"id": 7, "tag_name": "v4.2", "published_at": "2026-11-18T08:50:00Z"},
    "repository": REPOSITORY,
}
PUSHED = {
    "ref": "refs/heads/main",
    "after": "4f2a1c9" + "0" * 33,
    "commits": [{}, {}],
    "head_commit": {"message": "Pool of 400\n\nMore words."},
    "pusher": {"name": "dana"},
    "repository": REPOSITORY,
}
GITLAB = {
    "object_kind": "deployment",
    "status": "running",
    "status_changed_at": "2026-11-18 10:50:00 +0200",
    "deployment_id": 15,
    "environment": "live-eu",
    "environment_tier": "production",
    "project": {"name": "The Checkout", "path_with_namespace": "shop/checkout"},
    "short_sha": "279484c0",
    "ref": "v4.2",
    "user": {"username": "dana"},
}


@pytest.mark.parametrize(
    ("source", "event", "body", "key", "title"),
    [
        ("github", "release", RELEASED, "release/7", "checkout v4.2 released"),
        (
            "github",
            "push",
            PUSHED,
            f"push/{PUSHED['after']}",
            "checkout main (2 commits): Pool of 400",
        ),
        ("gitlab", "Deployment Hook", GITLAB, "deployment/15", "checkout v4.2 to live-eu"),
    ],
)
def test_what_ships_is_a_change_of_its_service(
    source: str, event: str, body: Any, key: str, title: str
) -> None:
    (change,) = READERS[source](body, {"x-github-event": event}).changes

    assert (change.source, change.key, change.service) == (source, key, "checkout")
    assert (change.title.raw, change.made_at) == (title, AT)


@pytest.mark.parametrize(
    ("source", "event", "body", "because"),
    [
        ("github", "release", {**RELEASED, "action": "edited"}, "the release is edited"),
        ("github", "push", {**PUSHED, "ref": "refs/heads/try"}, "is not the default branch"),
        ("github", "push", {**PUSHED, "after": "0" * 40}, "is not the default branch"),
        ("github", "deployment", {}, "events of type deployment are not used"),
        ("gitlab", "", {**GITLAB, "status": "created"}, "the deployment is created"),
        (
            "gitlab",
            "",
            {**GITLAB, "environment_tier": "staging", "environment": "eu"},
            "eu is not production",
        ),
        ("gitlab", "", {"object_kind": "push"}, "events of type push are not used"),
    ],
)
def test_what_ships_nothing_is_ignored(
    source: str, event: str, body: dict[str, Any], because: str
) -> None:
    news = READERS[source](body, {"x-github-event": event})

    assert because in news.ignored
    assert news.changes == ()
