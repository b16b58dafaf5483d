"""Configuration as code: YAML in, one immutable `Catalog` out, every fault with its place."""
