"""E002: a variant that is no network."""

from __future__ import annotations

from collections.abc import Iterator

from convcost.checks.base import Found, Rule, Subject


def find(subject: Subject) -> Iterator[Found]:
    """Variants that the reader refuses, at their names."""
    # A row of `expect: at:` reads the variant that it is about, and says so itself.
    expected = {stated.variant for stated in subject.network.expect if not stated.settings}
    for name in subject.network.variants:
        if name not in expected and (problems := subject.description.problems(variant=name)):
            first = problems[0]
            more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
            where = f" ({first.span})" if first.span else ""
            yield Found(
                f"variant `{name}` is refused: {first.message}{where}{more}",
                first.help,
                span=subject.key("variants", name),
            )


RULE = Rule(
    "E002",
    "refused-variant",
    "A variant of the spec can't be read as a network.",
    """\
The spec is sound at its symbols' defaults, but not with the values that one of its `variants` gives them: a width that
is not a whole number, channels that do not fit their groups, windows larger than the map. `convcost analyze SPEC
--variant NAME` shows the error where it stands.
""",
    find,
)
