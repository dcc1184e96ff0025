#!/bin/bash
# One worker, two, four, one, on a stream, against the same stream with one worker throughout: elastic.sh DIRECTORY SAMPLES.jsonl
# Prints for each step: workers, tokens a second, loss, and the loss of the run with one worker. Threads: one for each worker.
set -eu
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../../.." && pwd)
export JAVA=${JAVA_HOME:?a JDK}/bin/java PLIMSOLL_HOME=$here OUT=$1
samples=$2
mkdir -p "$OUT"
# shellcheck source=/dev/null
. "$here/gpu-worker/src/bench/fleet.sh"

worker() { plimsoll worker --prefix "$1" --id "$2" --device cpu --threads 1 >"$OUT/$1-$2.log" 2>&1 & }
until_step() { until grep -q "step $2: loss" "$OUT/$1-coordinator.log"; do sleep 0.2; done; }
leave_politely() {
  local prefix=$1 id
  shift
  for id in "$@"; do kill -TERM "$(pgrep -f "plimsoll.prefix=$prefix .*plimsoll.worker-id=$id -" | head -1)"; done
}

run() {
  plimsoll coordinator --prefix "$1" --samples-per-step 32 --seed 7 --learning-rate 1e-3 --port 0 >"$OUT/$1-coordinator.log" 2>&1 &
  plimsoll submit --prefix "$1" "$samples"
  until grep -q "^READY" "$OUT/$1-coordinator.log"; do sleep 0.2; done
  worker "$1" a
}

finished() {
  plimsoll finish --prefix "$1"
  until grep -q "the run is finished" "$OUT/$1-coordinator.log"; do sleep 0.5; done
  plimsoll audit --prefix "$1"
  plimsoll tail steps --prefix "$1" --once >"$OUT/$1-steps.jsonl"
  sleep 2
}

start_broker "$OUT/broker"
trap 'pkill -P $$ || true' EXIT
run one
finished one
run many
until_step many 4
worker many b
until_step many 9
worker many c
worker many d
until_step many 16
leave_politely many b c d
finished many
python3 - "$OUT" <<'PY'
import json, sys
read = lambda name: [json.loads(line)["value"] for line in open(f"{sys.argv[1]}/{name}-steps.jsonl")]
one, many = read("one"), read("many")
print("step  workers  tokens/s  loss      loss with one worker, tokens/s")
for a, b in zip(one, many):
    print(f'{b["step"]:4d}  {b["counts"]["workers"]:7d}  {b["rates"]["tokensPerSecond"]:8.0f}  {b["loss"]:.6f}  {a["loss"]:.6f}  {a["rates"]["tokensPerSecond"]:8.0f}')
print("largest difference of losses:", max(abs(a["loss"] - b["loss"]) for a, b in zip(one, many)), "over", len(one), len(many), "steps")
PY
