#!/bin/bash
# One worker, two, four, one on a stream, against the same stream with one worker throughout:
#     elastic.sh DIRECTORY SAMPLES.jsonl
# Prints for each step: workers, tokens a second, loss, and the loss of the run with one worker;
# then how long workers took to join, and until what a killed one held was with others. Of the four,
# two leave politely and one is killed.
#   GPUS=N          worker processes on cuda, in turn on N cards; without it on the CPU, a thread
#                   each
#   MODEL           a model's directory; without it the built-in one
#   SETTINGS        more options of the coordinator
#   SAMPLES_PER_STEP=32   CHANGES="4 9 16" after which steps there are two, four, one
#   ROLLBACK=yes    a checkpoint after the second change, and two steps later a rollback to it
set -eu
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../../.." && pwd)
export JAVA=${JAVA:-${JAVA_HOME:?a JDK}/bin/java} PLIMSOLL_HOME=${PLIMSOLL_HOME:-$here} OUT=$1
samples=$2
read -r second fourth last <<<"${CHANGES:-4 9 16}"
mkdir -p "$OUT"
# shellcheck source=/dev/null
. "$here/gpu-worker/src/bench/fleet.sh"

cards=0
worker() {
  local on=(--device cpu --threads 1) card=""
  if [ -n "${GPUS:-}" ]; then on=(--device cuda); card=$((cards++ % GPUS)); fi
  echo "{\"start\":\"$2\",\"atMillis\":$(now)}" >>"$OUT/$1-moments.jsonl"
  CUDA_VISIBLE_DEVICES=$card plimsoll worker --prefix "$1" --worker-id "$2" "${on[@]}" \
    ${MODEL:+--model "$MODEL"} >"$OUT/$1-$2.log" 2>&1 &
}
until_step() { until grep -q "step $2: loss" "$OUT/$1-coordinator.log"; do sleep 0.1; done; }
process() { pgrep -f "plimsoll.prefix=$1 .*plimsoll.worker-id=$2 " | head -1; }
leave_politely() {
  local prefix=$1 id
  shift
  for id in "$@"; do kill -TERM "$(process "$prefix" "$id")"; done
}
killed() {
  echo "{\"kill\":\"$2\",\"atMillis\":$(now)}" >>"$OUT/$1-moments.jsonl"
  kill -KILL "$(process "$1" "$2")"
}

run() {
  # shellcheck disable=SC2086
  plimsoll coordinator --prefix "$1" --samples-per-step "${SAMPLES_PER_STEP:-32}" \
    --seed 7 --learning-rate 1e-3 --port 0 \
    ${MODEL:+--model "$MODEL"} ${SETTINGS:-} >"$OUT/$1-coordinator.log" 2>&1 &
  # the coordinator may not be there yet, and what is measured is not the wait
  plimsoll submit --new --no-wait --prefix "$1" "$samples"
  until grep -q "^READY" "$OUT/$1-coordinator.log"; do sleep 0.2; done
  worker "$1" a
}

finished() {
  plimsoll finish --prefix "$1"
  until grep -q "the run is finished" "$OUT/$1-coordinator.log"; do sleep 0.5; done
  plimsoll audit --prefix "$1"
  for topic in steps journal; do
    plimsoll tail $topic --prefix "$1" --once >"$OUT/$1-$topic.jsonl"
  done
  sleep 2
}

start_broker "$OUT/broker"
trap 'pkill -P $$ || true' EXIT
run one
finished one
run many
until_step many "$second"
worker many b
until_step many "$fourth"
worker many c
worker many d
if [ -n "${ROLLBACK:-}" ]; then
  until_step many $((fourth + 1))
  plimsoll checkpoint early --prefix many
  until_step many $((fourth + 3))
  plimsoll rollback early --prefix many
fi
until_step many "$last"
killed many d
leave_politely many b c
finished many
python3 "$here/common/cli/src/bench/elastic.py" "$OUT"
