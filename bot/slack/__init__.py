"""Slack: one file per feature, and the few that carry them all."""
