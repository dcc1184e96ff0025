"""The figure of the engine's speed by commit: python3 history.py HISTORY.jsonl > figure.svg

A line of HISTORY is one measured commit on one card: {"date", "commit", "card", "libtorch",
"shape", "rank", "targets", "tokensPerSecond": {"bf16 4x2048": …}}. With --add ENGINE.json COMMIT
DATE LIBTORCH a line is made of a report of `plimsoll bench engine --json` and printed instead.
Compare bars of one card only; hosts and cards of the same name still differ by some percent.
"""

import json
import sys

WIDTH, LEFT, BAR, GAP = 960, 130, 14, 12
COLOURS = ["#9aa5b1", "#5b7fa6", "#1f4e79", "#c97b2b", "#7a4a12", "#3d7a4f"]


def added(report, commit, date, libtorch):
    with open(report, encoding="utf-8") as file:
        engine = json.load(file)
    precision = engine["device"]["precision"]
    speeds = {
        f"{precision} {case['name']}": round(case["tokensPerSecond"])
        for case in engine["cases"]
        if "error" not in case
    }
    return {
        "date": date,
        "commit": commit,
        "card": engine["device"]["name"],
        "libtorch": libtorch,
        "shape": "8b",
        "rank": engine["loraRank"],
        "targets": [t.removesuffix("_proj") for t in engine["loraTargets"]],
        "tokensPerSecond": speeds,
    }


def figure(entries):
    cases = list(dict.fromkeys(c for e in entries for c in e["tokensPerSecond"]))
    top = max(v for e in entries for v in e["tokensPerSecond"].values())
    parts, y = [], 20
    for i, e in enumerate(entries):
        label = f"{e['date']} {e['commit'][:8]}, {e['card']}, {','.join(e['targets'])}"
        parts.append(f'<rect x="{LEFT}" y="{y - 10}" width="12" height="12" '
                     f'fill="{COLOURS[i % len(COLOURS)]}"/>')
        parts.append(f'<text x="{LEFT + 18}" y="{y}">{label}</text>')
        y += 18
    for case in cases:
        y += GAP
        parts.append(f'<text x="{LEFT - 8}" y="{y + 11}" text-anchor="end">{case}</text>')
        for i, e in enumerate(entries):
            value = e["tokensPerSecond"].get(case)
            if value is None:
                continue
            width = value / top * (WIDTH - LEFT - 70)
            parts.append(f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR - 2}" '
                         f'fill="{COLOURS[i % len(COLOURS)]}"/>')
            parts.append(f'<text x="{LEFT + width + 6:.1f}" y="{y + 10}">{value:,}</text>')
            y += BAR
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 16}" '
            'font-family="sans-serif" font-size="11">\n<title>Tokens a second of the engine, by '
            'commit and card</title>\n' + "\n".join(parts) + "\n</svg>")


def main():
    if sys.argv[1] == "--add":
        print(json.dumps(added(*sys.argv[2:6])))
        return
    with open(sys.argv[1], encoding="utf-8") as lines:
        print(figure([json.loads(line) for line in lines]))


if __name__ == "__main__":
    main()
