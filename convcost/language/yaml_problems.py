"""What is wrong with a text that is not YAML, or looks like YAML and is none, said so that its author can mend it."""

from __future__ import annotations

import re
from typing import Any

import yaml

from convcost.errors import Problem, Source, Span, SpecError

MAX_DEPTH = 64
TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"
MERGE_CONFLICT = "merge conflict: this marker was left by a merge"


def check_characters(source: Source) -> None:
    """SpecError for what YAML would misread or explain badly: conflicts, odd spaces, odd line breaks."""
    checks = (
        (r"^(<<<<<<<|>>>>>>>|\|\|\|\|\|\|\|)( |$)", MERGE_CONFLICT),
        (r"^[ \t]*\u00a0", "a no-break space (U+00A0) is not indentation"),
        (r"[\u0085\u2028\u2029]", "a line break that editors and YAML do not agree on (U+0085, U+2028 or U+2029)"),
        (r"[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]", "not a character of YAML text"),
    )
    for pattern, message in checks:
        if re.search(pattern, source.text, re.MULTILINE):
            raise SpecError([problem_at(source, pattern, message)])


def problem_at(source: Source, pattern: str, message: str) -> Problem:
    """Return a problem where the text first matches a pattern."""
    found = re.search(pattern, source.text, re.MULTILINE)
    if found is None:
        return Problem(Span(source, 1, 1), message)
    at = found.end() - 1 if pattern.startswith(r"^[ \t]") else found.start()
    line = source.text.count("\n", 0, at) + 1
    column = at - (source.text.rfind("\n", 0, at) + 1) + 1
    return Problem(Span(source, line, column, found.end() - at), message)


def mistaken(source: Source) -> str | None:
    """Return what the text seems to be if it is not YAML."""
    if re.match(r"\s*<(!doctype|html|\?xml)", source.text, re.IGNORECASE):
        return "this is HTML or XML, not a spec"
    if re.match(r"\s*(import|from|def|class) \w+", source.text):
        return "this is Python source, not a spec: FILE.py:NAME is what makes a PyTorch module in it"
    return "comments start with `#`" if re.search(r"(^|\s)//", source.text) else None


def _is_elsewhere(source: Source, opening: Any, mark: Any) -> bool:
    """Whether the parser noticed only at the text's end, or at a key of the top level, that a bracket is open."""
    rest = source.text[mark.index :]
    return not rest.strip() or (mark.line > opening.line and not source.lines[mark.line].startswith(" "))


def _unquoted_bound(source: Source, error: yaml.YAMLError) -> Span | None:
    """The value that starts with `>`, if that is what the parser stumbled over."""
    for mark in (getattr(error, "context_mark", None), getattr(error, "problem_mark", None)):
        if mark is not None and mark.line < len(source.lines):
            found = re.match(r">=?[^,#}\]\n]*[^,#}\]\s]", source.lines[mark.line][mark.column :])
            if found:
                return Span(source, mark.line + 1, mark.column + 1, found.end())
    return None


def _slip(message: str, line: str) -> str | None:
    """What was probably meant, from the parser's words and the line."""
    if "mapping values are not allowed" in message:
        tight = re.search(r"\w+:(?=[\[{])", line)
        return f"a space stands behind the colon: `{tight[0]} ...`" if tight else "is a line above not at its column?"
    if "',' or" in message:
        return "a comma is missing before it, or a bracket is not closed"
    if any(words in message for words in ("'-' indicator", "expected key", "<block end>")):
        return "the entries of a list, and the keys of a mapping, all start in the same column"
    return None


def syntax_problem(source: Source, error: yaml.YAMLError) -> Problem:
    """Return what the parser stumbled over, where it began and in words that help."""
    mark: Any = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    message = getattr(error, "problem", None) or getattr(error, "reason", None) or "not YAML"
    context = getattr(error, "context", None)
    opening = getattr(error, "context_mark", None)
    if opening is not None and context and "quoted scalar" in context and "unexpected" in message:
        mark, message = opening, "this quote is never closed"
    elif opening is not None and context and "flow" in context and _is_elsewhere(source, opening, mark):
        mark, message = opening, "this bracket is never closed"
    if folded := _unquoted_bound(source, error):
        return Problem(folded, "YAML reads an unquoted `>` as the start of a text", "put quotes around it: '>= 224'")
    if "nesting depth" in message:  # libyaml's own limit: it reads a line of brackets before it hands out the first one
        message = TOO_DEEP
    help = mistaken(source)
    if help is None and "cannot start any token" in message and source.text[mark.index : mark.index + 1] == "\t":
        help = "indent with spaces, not tabs"
    if help is None:
        help = _slip(message, source.lines[mark.line] if mark.line < len(source.lines) else "")
    line = min(mark.line + 1, len(source.lines))
    column = mark.column + 1 if mark.line < len(source.lines) else len(source.lines[-1]) + 1
    return Problem(Span(source, line, column), message, help)
