"""The record in SQL: one module per noun, one function per question."""
