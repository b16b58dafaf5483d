"""Values into text for people: no Slack, no SQL."""
