"""Texts that nobody should type: markup of every destination, and letters that fool the eye."""

from hypothesis import strategies as st

PIECES = (
    # Slack
    "<!channel>", "<!here|here>", "<!everyone>", "<!subteam^S1>", "<@UZOE>", "<@UZOE|zoe>",
    "<#C1|general>", "<https://evil.example|Click>", "<mailto:a@b.example|x>", "<!date^1^{date}|x>",
    "@channel", "@here", "*bold*", "_italic_", "~gone~", "`code`", "```", ":bomb:", "&lt;!here&gt;",
    "&amp;lt;", ">quoted", "<", ">", "&", "|",
    # Markdown and HTML
    "[x](javascript:alert(1))", "![x](https://evil.example/x.png)", "[x]: https://evil.example",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<!--", "-->", "<?php", "]]>",
    "# head", "- item", "* item", "+ item", "• item", "1. one", "1) one", "> quote", "---", "***",
    "===", "=", "    code", "\tcode", "~~~", "```mermaid\ngantt\n```", "a | b", "| --- |", "\\",
    "&#60;b&#62;", "&nbsp;", "https://evil.example/x", "www.evil.example", "a@b.example", "[^1]",
    "<details>", "</summary>", "<!-- warroom:end summary -->", "hard\\\nbreak", "two  \nspaces",
    # CSV and spreadsheets
    "=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(1)", "\t=1", " =1", "\n=1", "\uff1d1", "\uff0b1",
    "\uff0d1", "\uff20SUM(1)", '"', "'", ",", ";", '","', "\r\n",
    # logs and terminals
    "\n2026-11-21T10:00:00Z [info     ] forged", '\n{"event": "forged"}', "\r", "\x1b[2J\x1b[31m",
    "\x9b31m", "\x07", "\x08", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "%s%n", "{0}",
    "{{ 7 * 7 }}", "{% raw %}",
    # letters
    "\x00", "\ud800", "\udfff", "\ud83d", "\u202e", "\u2066", "\u2069", "\u200b", "\u200d",
    "\u2060", "\ufeff", "\xad", "\u0301" * 9, "\ufffe", "\uffff", "\U0010ffff", "\U000e0041",
    "\U0001f525", "ǅ", "İ", "\u3000", "\xa0", "",
)  # fmt: skip
"""What has a meaning somewhere, or breaks something somewhere."""

_LETTERS = st.text(st.characters(exclude_categories=()), max_size=30)  # lone surrogates too

TEXTS = st.lists(st.sampled_from(PIECES) | _LETTERS, max_size=8).map("".join)
"""Hostile texts of some words."""

WORDS = TEXTS.map("x{}".format)
"""Hostile texts that are not empty, whatever is taken out of them."""
