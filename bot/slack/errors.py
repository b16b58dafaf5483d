"""Slack's error vocabulary, sorted by what to do about it."""

NEVER_HAPPENED = frozenset(
    {"ratelimited", "rate_limited", "service_unavailable", "team_added_to_org"}
)

# "It's possible some aspect of the operation succeeded before the error was raised" (Slack).
AMBIGUOUS = frozenset({"internal_error", "fatal_error", "request_timeout", "unknown"})

AUTHENTICATION = frozenset(
    {
        "invalid_auth",
        "not_authed",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "org_login_required",
        "ekm_access_denied",
        "not_allowed_token_type",
    }
)

# The room is not where we left it: it is looked for, or replaced, before anything is said there.
ROOM_IS_GONE = frozenset({"channel_not_found", "is_archived", "not_in_channel"})

# A kind of block that this workspace does not have, or one that is not well formed.
INVALID_BLOCKS = frozenset({"invalid_blocks", "invalid_blocks_format"})

ALREADY_SO = frozenset(
    {
        "already_archived",
        "already_in_channel",
        "already_pinned",
        "file_deleted",
        "file_not_found",
        "message_not_found",
        "no_pin",
        "not_archived",
        "not_found",
    }
)

WORDS: dict[str, str] = {
    "name_taken": "a channel with that name exists already",
    "channel_not_found": "the channel does not exist, or the bot is not in it",
    "not_in_channel": "the bot is not in that channel",
    "token_revoked": "the app was uninstalled or its token was revoked: install it again",
    "invalid_auth": "the token is not valid: check SLACK_BOT_TOKEN",
    "account_inactive": "the app was removed from the workspace: install it again",
    "no_permission": "the workspace does not let the app do that",
    "is_archived": "the channel is archived",
    "missing_scope": "the app lacks a permission: reinstall it from `warroom slack manifest`",
    "restricted_action": "a workspace rule forbids it: ask an administrator",
    "user_not_found": "Slack does not know that person",
    "users_not_found": "Slack does not know one of those people",
    "cant_invite_self": "the bot cannot invite itself",
    "invalid_blocks": "Slack refused the layout of the message",
    "msg_too_long": "the message is too long",
    "file_not_slacks": "the file is not in Slack",
    "file_not_given": "Slack does not give the app that file",
    "file_deleted": "the file was deleted in Slack",
    "file_not_found": "the file is gone, or the app may not see it",
    "ratelimited": "Slack asks for patience",
    "internal_error": "Slack had an internal error",
    "expired_trigger_id": "that took longer than Slack allows",
    "cant_invite": "Slack does not let them in: a guest, or deactivated",
    "user_disabled": "that person's account is deactivated",
    "cannot_dm_bot": "bots have no direct messages",
}


def in_words(code: str) -> str:
    """What an error code means to a person."""
    return f"{WORDS[code]} ({code})" if code in WORDS else f"Slack says {code}"
