"""Everything of warroom that talks to the outside: Slack, HTTP, the command line, other systems."""
