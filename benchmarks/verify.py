"""How long verifying all bundled patterns takes, against running their scripts one after the other.

    python benchmarks/verify.py [--rounds N] [PATTERN ...]

Each round runs ``migrate-vars verify`` as a whole process, and then each pattern's
``v1_session.py`` and ``v2_eager.py`` once, unrecorded, each as a process of its own: what somebody
does who compares the two by hand. Imports are included on both sides. Prints seconds and the ratio
of each round, and the median. The target for all patterns is a ratio of at most 0.4, and 45 s on 2
cores.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time

from migrate_vars.equivalence.patterns import Pattern, find_patterns


def seconds(command: list[str], cwd: str | None = None) -> float:
    """Runs a command and returns how long it took; one that fails ends the benchmark."""
    environment = {k: v for k, v in os.environ.items() if k != "MIGRATE_VARS_TF1_PYTHON"}
    start = time.monotonic()
    subprocess.run(command, cwd=cwd, env=environment, capture_output=True, check=True)
    return time.monotonic() - start


def plain(patterns: list[Pattern]) -> float:
    """Seconds for the scripts of all patterns, one after the other."""
    return sum(
        seconds([sys.executable, str(script)], cwd=str(pattern.directory))
        for pattern in patterns
        for script in (pattern.v1_session, pattern.v2_eager)
    )


def main() -> None:
    """Prints the figures of each round."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("patterns", nargs="*", metavar="PATTERN")
    arguments = parser.parse_args()
    targets = arguments.patterns or [None]
    patterns = [pattern for target in targets for pattern in find_patterns(target)]
    names = [str(pattern.directory) for pattern in patterns]
    ratios = []
    for number in range(1, arguments.rounds + 1):
        verified = seconds([sys.executable, "-m", "migrate_vars.cli", "verify", *names])
        by_hand = plain(patterns)
        ratios.append(verified / by_hand)
        print(
            f"round {number}: verify {verified:.1f} s, scripts {by_hand:.1f} s, "
            f"ratio {ratios[-1]:.2f}",
            flush=True,
        )
    print(f"{len(patterns)} patterns: median ratio {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
