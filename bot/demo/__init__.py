"""``warroom demo``: the whole of it in one process, on a Slack that needs no account."""
