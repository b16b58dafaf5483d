"""One verb, one transaction. Nothing here waits for a network."""
