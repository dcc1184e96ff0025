#!/bin/bash
# What looking costs: a run on this machine's CPU, which nobody looks at and somebody looks at by
# turns of 20 s: an open page (its connection), and Prometheus, who asks coordinator and worker once
# a second. Prints the steps a minute of both, and their ratio by pairs of turns.
#     cost.sh DIRECTORY [PAIRS]
# Needs node, npm, kcat, curl and python3. JAVA and PLIMSOLL_HOME as in page.sh. The machine should
# do nothing else.
set -eu
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
export JAVA=${JAVA:-${JAVA_HOME:?a JDK}/bin/java} PLIMSOLL_HOME=${PLIMSOLL_HOME:-$here} OUT=$1
pairs=${2:-8}
mkdir -p "$OUT/browser"
OUT=$(cd "$OUT" && pwd)
cp "$here"/coordinator/src/bench/page/package*.json "$here"/coordinator/src/bench/page/look.mjs \
  "$OUT/browser"
(cd "$OUT/browser" && npm ci --no-audit --no-fund --silent)
# shellcheck source=/dev/null
. "$here/gpu-worker/src/bench/fleet.sh"
trap 'kill $(jobs -p) 2>/dev/null; pkill -P $$ || true' EXIT
start_broker "$OUT/broker"
model=$here/common/model/tiny-llama
python3 -c '
for i in range(100000):
    print("{\"text\":\"%s\"}" % (("keel deck hull line %d " % i) * (1 + i * 7 % 12)))
' >"$OUT/samples.jsonl"
plimsoll coordinator --prefix cost --model "$model" --samples-per-step 20 --port 8089 \
  >"$OUT/coordinator.log" 2>&1 &
plimsoll worker --prefix cost --model "$model" --device cpu --health-port 8090 --worker-id anna \
  >"$OUT/worker.log" 2>&1 &
worker=$!
plimsoll submit --prefix cost "$OUT/samples.jsonl" >"$OUT/submit.log"
steps() {
  kcat -q -b "$KAFKA_BOOTSTRAP_SERVERS" -X isolation.level=read_committed -C -e -t cost.steps \
    -o beginning -f '%T %s\n'
}
until [ "$(steps | wc -l)" -gt 20 ]; do
  kill -0 $worker || { cat "$OUT/worker.log"; exit 1; }
  sleep 1
done
: >"$OUT/turns"
turn() { # NAME
  sleep 2 # the change itself is not measured
  local begin
  begin=$(now)
  sleep 18
  echo "$1 $begin $(now)" >>"$OUT/turns"
}
for _ in $(seq "$pairs"); do
  turn alone
  node "$OUT/browser/look.mjs" localhost:8089 >"$OUT/look.log" 2>&1 &
  look=$!
  (while sleep 1; do
    curl -s localhost:8089/q/metrics localhost:8090/metrics >"$OUT/scraped"
  done) &
  scrape=$!
  turn watched
  kill $look $scrape
done
grep -q ' plimsoll_steps_total\|^plimsoll_steps_total' "$OUT/scraped"
cat "$OUT/look.log"
steps >"$OUT/steps"
python3 - "$OUT" <<'END'
import json, statistics, sys
out = sys.argv[1]
steps = [(int(t), json.loads(v)) for t, v in (line.split(" ", 1) for line in open(out + "/steps"))]
speeds = {"alone": [], "watched": []}
for line in open(out + "/turns"):
    name, begin, end = line.split()
    tokens = sum(v["counts"]["tokens"] for t, v in steps if int(begin) <= t < int(end))
    speeds[name].append(tokens * 1000 / (int(end) - int(begin)))
for name, all_ in speeds.items():
    print(f"{name}: {statistics.median(all_):.0f} tokens/s, {min(all_):.0f} to {max(all_):.0f}")
ratios = [w / a for a, w in zip(speeds["alone"], speeds["watched"])]
print(f"watched / alone: {statistics.median(ratios):.3f}, {min(ratios):.3f} to {max(ratios):.3f}")
END
