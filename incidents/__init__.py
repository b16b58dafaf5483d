"""warroom's rules and its record: everything that would be true if Slack did not exist."""
