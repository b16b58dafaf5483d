"""Couriers to everything that is not Slack."""
