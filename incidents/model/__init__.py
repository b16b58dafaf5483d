"""Pure rules: the standard library and numpy only, `now` as an argument, decisions with reasons."""
