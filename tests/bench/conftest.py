"""The benchmarks' modules are scripts beside each other; these tests import them as such."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "bench"))
