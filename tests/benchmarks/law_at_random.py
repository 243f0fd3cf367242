"""Every bundled network's law against what is counted, at many random bindings: test_law.py's test, without its limit.

    python tests/benchmarks/law_at_random.py 200 densenet121 yolov8

Without names, all bundled networks. It ends with 1 if a law differs somewhere.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from test_law import hold_at_random

from convcost.reading.sources import bundled

bindings, names = int(sys.argv[1]), sys.argv[2:] or bundled()
wrong = 0
for name in names:
    start = time.process_time()
    try:
        hold_at_random(name, bindings)
        said = f"{bindings} bindings equal"
    except AssertionError as error:
        said, wrong = f"DIFFERS: {error}", wrong + 1
    print(f"{name:28}{said}, {time.process_time() - start:.1f} s", flush=True)
sys.exit(wrong > 0)
