"""Benchmarks: `make bench` runs them all, `make bench ARGS="send --people 50000"` one.

Each prints what it measured, as its last line one JSON object. Figures of one machine in one minute: compare ratios.
"""

import sys
from importlib import import_module

BENCHES = {"send": "bench.send", "import": "bench.importing"}


def main(arguments: list[str]) -> int:
    """Run the benchmark named first, or all of them; returns the worst exit code."""
    name, *rest = arguments or [""]
    if name and name not in BENCHES:
        print(f"There is no benchmark {name}. There are: {', '.join(BENCHES)}.", file=sys.stderr)
        return 2
    return max(int(import_module(BENCHES[one]).main(rest)) for one in ([name] if name else BENCHES))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
