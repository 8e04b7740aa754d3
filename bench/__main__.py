"""Benchmarks: `make bench` runs them all, `make bench ARGS="send --people 50000"` one.

Each prints what it measured, as its last line one JSON object. Figures of one machine in one minute: compare ratios.
"""

import sys

from bench import send

BENCHES = {"send": send.main}


def main(arguments: list[str]) -> int:
    name, *rest = arguments or ["send"]
    if name not in BENCHES:
        print(f"There is no benchmark {name}. There are: {', '.join(BENCHES)}.", file=sys.stderr)
        return 2
    return BENCHES[name](rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
