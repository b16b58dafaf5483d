"""Other catalogues, read into our own words, compared with what is there, and written apart."""
