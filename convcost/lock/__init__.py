"""The lock file: every layer's shape and cost as text, one line a layer, so that a change of a network is a diff.

    convcost-lock: 1

    specs/tiny.yaml:
      network: tiny
      symbols: alpha=1
      inputs: input=3x32x32
      outputs: linear
      total: layers=2 params=164298 macs=606208 elements=16394 peak_elements=19456
      layers:
        conv: conv 16x32x32 params=448 macs=442368 out=16 kernel=3 padding=1
        linear: linear 10 params=163850 macs=163840 out=10

A layer's line has its operator, its outputs' shapes, its parameters and multiply-accumulates for one sample at the
symbols' defaults, the arguments that are not their defaults, what it reads if that is not the layer above (`from`), and
whose weights it uses (`shares`). A spec that is locked with settings has a network for each, whose heading says them as
one types them: `specs/tiny.yaml --set alpha=0.5:`. A total that another version of convcost does not know, or did not
write, is no mistake. Nothing in the file depends on more than one network, so that it merges well. It happens to be
YAML, and is read line by line.
"""

from pathlib import Path

LOCK_FILE = Path("convcost.lock")
"""Where it is, unless told otherwise."""
