"""The engine's speed over the peer's, case by case.

    python3 ratio.py ENGINE.json PEER.json --pair ENGINE-CASE PEER-CASE [--pair …]…

ENGINE.json is of `plimsoll bench engine --json`, PEER.json of `peer.py --json`; cases by the names
they were given there. Without --pair, every engine case stands against every peer case of the same
micro-batch. Compare only what ran on the same card. Exit code 1 when a named case is missing or the
two do not fit together, and nothing is printed then.
"""

import argparse
import json
import sys

GIB = 2**30


def read(path):
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    return report, {case["name"]: case for case in report["cases"]}


def find(cases, name, path):
    if name not in cases:
        sys.exit(f"{path} has no case '{name}'; it has {', '.join(cases)}")
    return cases[name]


def shape(name):
    """4x2048 of 4x2048/recompute=all: the micro-batch, which must be the same on both sides."""
    return name.split("/")[0]


def check(engine, peer, pairs):
    for setting in "loraRank", "repeats":
        if engine[setting] != peer[setting]:
            sys.exit(
                f"{setting} is {engine[setting]} in the engine's report and {peer[setting]} in the "
                "peer's"
            )
    for ours, theirs in pairs:
        if shape(ours) != shape(theirs):
            sys.exit(f"'{ours}' and '{theirs}' are not the same micro-batch")


def columns(case):
    if "error" in case:
        return f"{case['error'].split(':')[0]:>18.18s}"
    return f"{case['tokensPerSecond']:9.0f} {case['peakBytes'] / GIB:8.2f}"


def line(ours, theirs):
    ratio = "-"
    if "error" not in ours and "error" not in theirs:
        ratio = f"{ours['tokensPerSecond'] / theirs['tokensPerSecond']:.2f}"
    return f"{ours['name']:34s} {columns(ours)}  {theirs['name']:14s} {columns(theirs)} {ratio:>6s}"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("engine")
    parser.add_argument("peer")
    parser.add_argument("--pair", nargs=2, action="append", metavar=("ENGINE-CASE", "PEER-CASE"))
    options = parser.parse_args()
    engine, ours = read(options.engine)
    peer, theirs = read(options.peer)
    pairs = options.pair or [(o, t) for o in ours for t in theirs if shape(o) == shape(t)]
    check(engine, peer, pairs)
    found = [(find(ours, o, options.engine), find(theirs, t, options.peer)) for o, t in pairs]
    print(
        f"engine on {engine['device']['name']}, {engine['device']['precision']}; peer on "
        f"{peer['device']}"
    )
    print(
        f"{'engine':34s} {'tokens/s':>9s} {'peak GiB':>8s}  {'peer':14s} {'tokens/s':>9s} "
        f"{'peak GiB':>8s}  ratio"
    )
    for pair in found:
        print(line(*pair))


if __name__ == "__main__":
    main()
