"""E201 to E204, and N205: the network is not as the lock file has it. `convcost.checks.locked` finds them."""

from __future__ import annotations

from convcost.checks.findings import Rule

RULES = (
    Rule(
        "E201",
        "not-as-locked",
        "A layer, a setting or a total is not as in the lock file.",
        """\
`convcost lock` wrote down what every layer of the network is and costs, and one is another now. Layers that merely
follow, because what they read has another shape, are counted and not listed.

If the change is meant, `convcost lock PATH` takes it over; the lock file's difference shows it to whoever reviews it.
""",
    ),
    Rule(
        "E202",
        "not-locked",
        "A layer is not in the lock file.",
        """\
The network has a layer, or a block, that it did not have when `convcost lock` was run.
""",
    ),
    Rule(
        "E203",
        "locked-and-gone",
        "A layer, or a network, of the lock file is gone.",
        """\
The lock file has a layer, or a block, that the network has no more. The finding is where the layer before it stands.
Or a spec is gone, from a folder or from behind a glob that was checked, that the lock file has; the finding is there.
Or the spec can't be read any more with settings that the lock file has it with: a variant or a symbol is gone.
""",
    ),
    Rule(
        "E204",
        "network-not-locked",
        "The network is not in the lock file.",
        """\
With `--locked`, every network that is checked must be in the lock file: `convcost lock PATH` takes it in. With settings
a network has a place of its own there: `convcost lock PATH --set alpha=0.5`, `convcost lock PATH --variant half`.
""",
    ),
    Rule(
        "N205",
        "not-kept",
        "The lock file does not keep a figure.",
        """\
An older convcost wrote the lock file, or a part of it, and did not know a figure that is kept of every network today.
Nothing is held against a figure that is not there. `convcost lock` reads the networks again and takes it in.
""",
    ),
)
