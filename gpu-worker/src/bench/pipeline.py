"""The figure of a pipeline: python3 pipeline.py REPORT.json [CASE] > figure.svg

REPORT.json is what `plimsoll bench engine --devices … --json` writes; CASE a case's number, counted
from 0, otherwise the last with several cards. A row for each card, a box for each pass of a chunk,
with the chunk's number; what is empty is the bubble.
"""

import json
import sys

WIDTH, LEFT, TOP, ROW, GAP = 1000, 170, 40, 44, 14
FORWARD, BACKWARD = "#4c78a8", "#f58518"
LABELLED = 14  # pixels that a number needs

with open(sys.argv[1], encoding="utf-8") as file:
    cases = [case for case in json.load(file)["cases"] if case.get("cards")]
if not cases:
    sys.exit("no case of this report has several cards")
case = cases[int(sys.argv[2])] if len(sys.argv) > 2 else cases[-1]
cards = case["cards"]
end = max(p["endMicros"] for card in cards for p in card["passes"])


def x(micros):
    return LEFT + (WIDTH - LEFT - 20) * micros / end


height = TOP + len(cards) * (ROW + GAP) + 40
print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
      'font-family="sans-serif" font-size="12">')
print(f'<rect width="{WIDTH}" height="{height}" fill="white"/>')
print(f'<text x="{LEFT}" y="20">{case["name"]}: {case["tokensPerSecond"]:,.0f} tokens/s, '
      f'{end / 1000:,.0f} ms</text>')
for row, card in enumerate(cards):
    top = TOP + row * (ROW + GAP)
    last = card["firstLayer"] + card["layers"] - 1
    print(f'<text x="8" y="{top + 18}">card {card["device"][:20]}</text>')
    print(f'<text x="8" y="{top + 34}">layers {card["firstLayer"]}–{last}, idle '
          f'{100 * card["idlePart"]:.1f} %</text>')
    print(f'<rect x="{LEFT}" y="{top}" width="{WIDTH - LEFT - 20}" height="{ROW}" '
          'fill="#eeeeee"/>')
    chunk = {True: 0, False: 0}
    for step in card["passes"]:
        left, right = x(step["startMicros"]), x(step["endMicros"])
        fill = FORWARD if step["forward"] else BACKWARD
        print(f'<rect x="{left:.1f}" y="{top}" width="{max(0.5, right - left):.1f}" '
              f'height="{ROW}" fill="{fill}" stroke="white" stroke-width="0.5"/>')
        if right - left >= LABELLED:
            print(f'<text x="{(left + right) / 2:.1f}" y="{top + 27}" text-anchor="middle" '
                  f'fill="white">{chunk[step["forward"]]}</text>')
        chunk[step["forward"]] += 1
bottom = height - 16
print(f'<rect x="{LEFT}" y="{bottom - 10}" width="12" height="12" fill="{FORWARD}"/>')
print(f'<text x="{LEFT + 18}" y="{bottom}">forward</text>')
print(f'<rect x="{LEFT + 90}" y="{bottom - 10}" width="12" height="12" fill="{BACKWARD}"/>')
print(f'<text x="{LEFT + 108}" y="{bottom}">backward</text>')
print("</svg>")
