"""The convolution family: its members as data, and networks of one member."""

from convcost.family.members import (
    DEFAULTS,
    LETTERS,
    TYPICAL,
    Member,
    all_sizes,
    layer_of,
    network_of,
    require_sizes,
    spec_of,
    symbolic_network_of,
)
from convcost.family.table import FAMILY, SYNONYMS, find_member

__all__ = [
    "DEFAULTS",
    "FAMILY",
    "LETTERS",
    "SYNONYMS",
    "TYPICAL",
    "Member",
    "all_sizes",
    "find_member",
    "layer_of",
    "network_of",
    "require_sizes",
    "spec_of",
    "symbolic_network_of",
]
