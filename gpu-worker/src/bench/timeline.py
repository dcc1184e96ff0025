"""The figure of a run beside an invader: python3 timeline.py JOURNAL.jsonl TELEMETRY.jsonl
INVADER.jsonl [WORKER CARD] > figure.svg

The first two as `plimsoll tail` prints them, the third as invader.py does. WORKER and CARD name one
card of a worker with several; without them the run has one worker. What others held before
the invader came (a ballast) is left out. Prints on standard error how fast the line followed and
when the throughput was back.
"""

import json
import sys

WIDTH, HEIGHT, LEFT, TOP, GAP = 960, 480, 70, 30, 40
UPPER, LOWER = 260, 100
GIB = 1 << 30


def read(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


journal, telemetry, invader = read(sys.argv[1]), read(sys.argv[2]), read(sys.argv[3])
card = None
if len(sys.argv) > 4:
    card = int(sys.argv[5])
    journal, telemetry = (
        [r for r in records if r["value"].get("workerId") == sys.argv[4]]
        for records in (journal, telemetry)
    )
    journal = [r for r in journal if r["value"].get("card", 0) == card]
    for r in telemetry:
        r["value"]["memory"] = r["value"]["memory"]["cards"][card]
        if "measures" in r["value"]:
            r["value"]["measures"]["peakBytes"] = r["value"]["measures"]["cardPeakBytes"][card]
changes = [
    (r["atMillis"], r["value"]["lineBytes"], r["value"]["note"])
    for r in journal
    if "MemoryLineChanged" in r["type"]
]
trained = [
    (r["atMillis"], r["value"]["measures"]) for r in telemetry if "MicroBatchMeasured" in r["type"]
]
readings = [(r["atMillis"], r["value"]["memory"]) for r in telemetry if r["value"].get("memory")]
takes = [i["atMillis"] for i in invader if i["invader"] == "takes"]
has = [i["atMillis"] for i in invader if i["invader"] == "has"]
gives = [i["atMillis"] for i in invader if i["invader"] == "gives"]
start, end = trained[0][0], trained[-1][0]
ballast = min(m["othersBytes"] for _, m in readings)
top = (max(m["budgetBytes"] for _, m in readings) - ballast) / GIB


def x(millis):
    return LEFT + (min(max(millis, start), end) - start) / (end - start) * (WIDTH - LEFT - 20)


def y(bytes_):
    return TOP + UPPER * (1 - bytes_ / GIB / top)


def steps(points):
    path, last = [], None
    for at, value in points:
        if last is not None:
            path.append(f"{x(at):.1f},{last:.1f}")
        path.append(f"{x(at):.1f},{value:.1f}")
        last = value
    return " ".join(path + [f"{x(end):.1f},{last:.1f}"])


def rate(frm, to):
    """Tokens a second, each micro-batch spread over its own time."""
    tokens = 0.0
    for at, m in trained:
        took = (m["forwardMicros"] + m["backwardMicros"]) / 1000
        overlap = min(at, to) - max(at - took, frm)
        tokens += m["tokens"] * max(0.0, overlap) / took
    return tokens / (to - frm) * 1000


lower = TOP + UPPER + GAP
window = 5000
rates = [(t, rate(t - window, t)) for t in range(start + window, end, 500)]
most = max(r for _, r in rates)
out = [
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
    'font-family="sans-serif" font-size="12">',
    f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
]
for gib in range(0, int(top) + 1, 5):
    out.append(
        f'<line x1="{LEFT}" x2="{WIDTH - 20}" y1="{y(gib * GIB):.1f}" y2="{y(gib * GIB):.1f}" '
        'stroke="#ddd"/>'
        f'<text x="{LEFT - 8}" y="{y(gib * GIB) + 4:.1f}" text-anchor="end">{gib}</text>'
    )
for take, give in zip(takes, gives):
    out.append(
        f'<rect x="{x(take):.1f}" y="{TOP}" width="{x(give) - x(take):.1f}" height="{UPPER}" '
        'fill="#f3d9c9" opacity="0.5"/>'
    )
invaded = [(at, y((top * GIB) - (m["othersBytes"] - ballast))) for at, m in readings]
out.append(f'<polyline points="{steps(invaded)}" fill="none" stroke="#c2571a" stroke-width="1.5"/>')
out.append(
    f'<polyline points="{steps([(at, y(line)) for at, line, _ in changes])}" fill="none" '
    'stroke="#1f4e9c" stroke-width="2"/>'
)
for at, m in trained:
    out.append(f'<circle cx="{x(at):.1f}" cy="{y(m["peakBytes"]):.1f}" r="2" fill="#2a8a4a"/>')
out.append(
    '<polyline '
    f'points="{" ".join(f"{x(t):.1f},{lower + LOWER * (1 - r / most):.1f}" for t, r in rates)}" '
    'fill="none" stroke="#444"/>'
)
for r in (0, most):
    out.append(
        f'<text x="{LEFT - 8}" y="{lower + LOWER * (1 - r / most) + 4:.1f}" '
        f'text-anchor="end">{r:,.0f}</text>'
    )
for second in range(0, (end - start) // 1000 + 1, 10):
    at = x(start + second * 1000)
    out.append(f'<text x="{at:.1f}" y="{HEIGHT - 22}" text-anchor="middle">{second}</text>')
out.append(f'<text x="{WIDTH / 2}" y="{HEIGHT - 6}" text-anchor="middle">seconds</text>')
out.append(
    f'<text x="{LEFT}" y="18">GiB: <tspan fill="#1f4e9c">line</tspan>, <tspan fill="#2a8a4a">peak '
    'of a micro-batch</tspan>, '
    f'<tspan fill="#c2571a">left by others</tspan>; shaded: somebody else wants memory</text>'
)
out.append(
    f'<text x="{LEFT}" y="{lower - 8}">tokens/s over the last {window // 1000} s</text></svg>'
)
print("\n".join(out))

for take, got, give in zip(takes, has, gives):
    down = next(((at, note) for at, _, note in changes if at > take and "down" in note), None)
    up = next(((at, note) for at, _, note in changes if at > give and "up" in note), None)
    before = rate(take - 8000, take)
    pressed = rate(got, give)
    after = rate(give, min(end, give + 5000))
    print(
        f"line down {down[0] - take} ms after it wants memory, it has it after {got - take} ms; "
        f"line up {up[0] - give} ms after it gives; "
        f"tokens/s {before:,.0f} before, {pressed:,.0f} beside it, {after:,.0f} in the 5 s after",
        file=sys.stderr,
    )
