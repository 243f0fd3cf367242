"""W401, N402: comments that would suppress a finding and do not. `convcost.checks.suppressions` finds them."""

from __future__ import annotations

from convcost.checks.findings import Rule

UNKNOWN = Rule(
    "W401",
    "unknown-suppression",
    "A suppressing comment names no code that can be suppressed.",
    """\
A comment on a line keeps that line's findings quiet, by their codes; one for the file stands anywhere in it.

    - max_pool: {kernel: 2}      # convcost: ignore[W302]  the paper's network has this, too
    # convcost: ignore-file[W303, W306]

There is no way to suppress everything, and none to suppress E001: a file that can't be read is not checked at all.
""",
)

UNUSED = Rule(
    "N402",
    "unused-suppression",
    "A suppressing comment suppresses nothing.",
    """\
The finding that the comment kept quiet is gone, or stands on another line. Remove the comment, so that it does not hide
the next one. Codes that are not selected are not looked at.
""",
)
