"""F66: whatever stands in an organisation's own template, it is refused or stopped, in time."""

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from incidents.errors import Misconfigured
from incidents.model.text import UserText
from incidents.render import confined
from incidents.render.faults import problems
from incidents.render.jinja import LARGEST_OUTPUT, LARGEST_SOURCE, write

NAME = "updates/responders.md.j2"
SLACK = 0.5  # seconds: to start a process on a busy machine, beside the patience itself

ATTACKS: dict[str, str] = {
    # to reach out of the sandbox
    "the class of a text": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "the class, spelled in parts": "{{ ''['__cl' ~ 'ass__'] }}",
    "the attr filter": "{{ ''|attr('__class__') }}",
    "an attribute by map": "{{ ['']|map(attribute='__class__')|first }}",
    "an attribute by sort": "{{ ['a','b']|sort(attribute='__class__.__name__.__class__')|first }}",
    "globals of a function": "{{ range.__globals__ }}",
    "globals of a macro": "{% macro m() %}{% endmacro %}{{ m.__globals__ }}",
    "the frame of a generator": "{{ ([1]|map('abs')).gi_frame.f_globals }}",
    "the environment through self": "{{ self._TemplateReference__context.environment }}",
    "the environment through self.__init__": "{{ self.__init__.__globals__ }}",
    "the loop's own context": "{% for i in [1] %}{{ loop.__class__.__init__ }}{% endfor %}",
    "cycler, which is not there": "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "lipsum, which is not there": "{{ lipsum.__globals__ }}",
    "format with attributes": "{{ '{0.__class__}'.format(title) }}",
    "format_map": "{{ '{title.raw}'.format_map({'title': title}) }}",
    "percent": "{{ '%s' % title }}",
    "percent with a width": "{{ '%1000000000d' % 1 }}",
    "the text that people typed": "{{ title.raw }}",
    "the text that people typed, as an item": "{{ title['raw'] }}",
    "the text that people typed, by map": "{{ [title]|map(attribute='raw')|first }}",
    "the text that people typed, joined": "{{ [title]|join }}",
    "the text that people typed, appended": "{{ title ~ '' }}",
    "the text that people typed, in capitals": "{{ title|upper }}",
    "the text that people typed, replaced": "{{ title|replace('a', 'a') }}",
    "the text that people typed, in a list": "{{ [title] }}",
    "a file outside": "{% include '../../../../etc/passwd' %}",
    "a file outside, absolutely": "{% include '/etc/passwd' %}",
    "the debug extension": "{% debug %}",
    "code": "{% do 1 %}{% python %}import os{% endpython %}",
    # to fill the memory
    "a long text": "{{ 'A' * 9999999999 }}",
    "a long text, the other way round": "{{ 9999999999 * 'A' }}",
    "a long list": "{{ ([0] * 9999999999)|length }}",
    "a large power": "{{ 10 ** 999999999 }}",
    "a large power, doubled up": "{{ 9 ** (9 ** (9 ** 9)) }}",
    "a large range": "{{ range(1000000000)|list }}{{ range(10**9)|sum }}",
    "a doubling text": "{% set n = namespace(a='A') %}{% for i in range(99) %}"
    "{% set n.a = n.a ~ n.a %}{% endfor %}{{ n.a|length }}",
    "a doubling sum": "{% set n = namespace(a='A') %}{% for i in range(99) %}"
    "{% set n.a = n.a + n.a %}{% endfor %}{{ n.a|length }}",
    "a doubling join": "{% set n = namespace(a='AA') %}{% for i in range(99) %}"
    "{% set n.a = [n.a, n.a]|join %}{% endfor %}{{ n.a|length }}",
    "a doubling list": "{% set n = namespace(a=[1]) %}{% for i in range(99) %}"
    "{% set n.a = n.a + n.a %}{% endfor %}{{ n.a|length }}",
    "a multiplying replace": "{% set n = namespace(a='AAAAAAAAAA') %}{% for i in range(99) %}"
    "{% set n.a = n.a|replace('A', 'AAAAAAAAAA') %}{% endfor %}{{ n.a|length }}",
    "a wide indent": "{{ 'a\nb'|indent(9999999999) }}",
    "a wide batch": "{{ [1]|batch(9999999999, 'x')|first|length }}",
    "a wide adjustment": "{{ 'a'.ljust(9999999999) }}",
    "a centred text": "{{ 'a'.center(9999999999)|length }}",
    "expanded tabs": "{{ '\t'.expandtabs(2147483647)|length }}",
    "zeros in front": "{{ '1'.zfill(9999999999)|length }}",
    "a translated text": "{{ ('A' * 9000).translate({65: 'A' * 9000})"
    ".translate({65: 'A' * 9000})|length }}",
    "a huge output": "{% for i in range(99999) %}{% for j in range(999) %}"
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa{% endfor %}{% endfor %}",
    # to take for ever
    "nested loops": "{% for a in range(99999) %}{% for b in range(99999) %}"
    "{% for c in range(99999) %}{% endfor %}{% endfor %}{% endfor %}",
    "many slices": "{{ [1]|slice(9999999999)|first }}{{ [1]|slice(999999999)|list }}",
    "many slices, joined": "{% for s in [1]|slice(9999999999) %}{% endfor %}",
    "digits of a large number": "{{ (10 ** 900 ** 1) | int | round(2) }}{% for a in range(99999) %}"
    "{% for b in range(99999) %}{% set x = (7 ** 900) % 13 %}{% endfor %}{% endfor %}",
    "a macro that calls itself": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "macros that call each other": "{% macro a() %}{{ b() }}{% endmacro %}"
    "{% macro b() %}{{ a() }}{{ a() }}{% endmacro %}{{ a() }}",
    "a recursive loop": "{% for x in [[1]] recursive %}{{ loop([[1]]) }}{% endfor %}",
    "a template that includes itself": "{% include '" + NAME + "' %}",
    "a template that imports itself": "{% import '" + NAME + "' as me %}{{ me.x }}",
    "a template that extends itself": "{% extends '" + NAME + "' %}",
    # to break the reader
    "deep parentheses": "{{ " + "(" * 9000 + "1" + ")" * 9000 + " }}",
    "deep lists": "{{ " + "[" * 9000 + "]" * 9000 + " }}",
    "deep conditions": "{% if 1 %}" * 2000 + "{% endif %}" * 2000,
    "a long chain": "{{ 1" + "+1" * 20_000 + " }}",
    "many negations": "{{ " + "not " * 9000 + "1 }}",
    "a number with too many digits": "{{ " + "9" * 20_000 + " }}",
    "an unknown filter": "{{ 1|nothing }}",
    "an unknown test": "{{ 1 is nothing }}",
    "a division by nothing": "{{ 1 / 0 }}",
    "a missing member": "{{ {}['a'] }}{{ [].pop() }}",
    "an unknown name": "{{ nobody }}",
    "a large template": "a" * (LARGEST_SOURCE + 1),
    "a NUL in a name": "{% include 'a\x00b' %}",
}


# Each costs a process: the default run takes every fourth, `.ci/run hostile` all of them.
EACH = [
    pytest.param(attack, id=name, marks=[] if index % 4 == 0 else [pytest.mark.slow])
    for index, (name, attack) in enumerate(ATTACKS.items())
]


def put(folder: Path, source: str) -> Path:
    path = folder / NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
    return path


@pytest.mark.parametrize("attack", EACH)
def test_an_attack_is_refused_with_its_file_in_time_and_in_little_memory(
    attack: str, tmp_path: Path
) -> None:
    path = put(tmp_path, attack)
    largest, begun = _peak(resource.RUSAGE_CHILDREN), time.perf_counter()

    found = problems(tmp_path)

    assert time.perf_counter() - begun < confined.PATIENCE + SLACK
    assert [one.file for one in found] == [str(path)]
    assert len(str(found[0])) < 1000
    # A child counts as large as whoever began it was, and those before it count, too.
    allowed = max(largest, confined.MEMORY, _peak(resource.RUSAGE_SELF))
    assert _peak(resource.RUSAGE_CHILDREN) <= allowed


def _peak(whose: int) -> int:
    """The most memory that a process of these ever held, in bytes."""
    return resource.getrusage(whose).ru_maxrss * 1024


@pytest.mark.parametrize("name", ["nested loops", "a long text"])
def test_the_line_of_what_was_stopped_is_told(name: str, tmp_path: Path) -> None:
    path = put(tmp_path, "one\ntwo\n" + ATTACKS[name])

    (found,) = problems(tmp_path)

    assert str(found).startswith(f"{path}:3:1: ")


def test_the_command_that_checks_tells_it(tmp_path: Path) -> None:
    (tmp_path / "warroom.yaml").write_text("", encoding="utf-8")
    path = put(tmp_path / "templates", "fine\n{{ 'A' * 9999999999 }}")

    done = subprocess.run(
        [sys.executable, "-m", "bot", "check", "--config", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert f"{path}:2:1: * would make more than 10000 characters." in done.stdout.replace("\n", "")


def test_what_people_typed_is_never_read_as_a_template(tmp_path: Path) -> None:
    put(tmp_path, "{{ title | plain }}")
    typed = "{{ 7 * 7 }} {% for x in y %} {# gone #}"

    assert write(NAME, {"title": UserText(typed)}, tmp_path) == typed


def test_the_process_of_a_template_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-canary")

    assert "SLACK_BOT_TOKEN" in os.environ
    assert "SLACK_BOT_TOKEN" not in confined._environment()


def test_a_long_but_honest_document_is_written(tmp_path: Path) -> None:
    put(tmp_path, "{% for line in lines %}{{ line | markdown }}\n{% endfor %}")
    lines = [UserText("it is what it is")] * 20_000

    text = write(NAME, {"lines": lines}, tmp_path)

    assert text.count("\n") == len(lines)
    assert len(text) < LARGEST_OUTPUT


def test_more_than_a_document_can_be_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "{% for line in lines %}{{ line | plain }}{% endfor %}")

    with pytest.raises(Misconfigured, match="writes more than"):
        write(NAME, {"lines": [UserText("x" * 1000)] * 4001}, tmp_path)
