#!/bin/bash
# How long does a run stand still when its parameter server, or its coordinator, is killed? For each
# M one run writes its state every M steps. Its parameter server is killed just before the second
# state is due, so that M - 1 steps are folded again; its coordinator is killed four steps later.
#
#     recovery.sh NAME MODEL SAMPLES WIDTH M...
#
# NAME begins the runs' prefixes. WIDTH is how many samples are a step. JAVA, PLIMSOLL_HOME and OUT
# as in fleet.sh; DEVICE of the worker (cpu), WORKER for more of its options, SHARDS (4).
#
# Prints for each M: the median of a step from opening to commit, the step that the parameter
# server's end fell into, and the one that the coordinator's fell into, in milliseconds.
. "$(dirname "$0")/fleet.sh"
name=$1 model=$2 samples=$3 width=$4
shift 4
work=$(mktemp -d)
trap 'kill -9 $(descendants $$) 2>/dev/null; rm -rf "$work"' EXIT

declare -A process
# serve RUN ROLES M STEPS
serve() {
  plimsoll coordinator --prefix "$1" --model "$model" --lora-rank 16 --shards "${SHARDS:-4}" \
    --roles "$2" --learning-rate 1e-4 --samples-per-step "$width" --steps "$4" --state-every "$3" \
    --port 0 >>"$OUT/$1-$2.log" 2>&1 &
  process[$2]=$!
}
end() {
  kill -9 $(descendants "${process[$1]}") "${process[$1]}" 2>/dev/null
  wait "${process[$1]}" 2>/dev/null
}
committed() { grep -c '^step ' "$OUT/$1-watch.log"; }
# after RUN N
after() {
  until [ "$(committed "$1")" -ge "$2" ]; do
    kill -0 "${process[ingest,plan]}" || { tail "$OUT/$1-ingest,plan.log"; exit 1; }
    sleep 0.05
  done
}

start_broker "$work/broker" || exit
for m; do
  run=$name$m
  kills=$((2 * m - 1))
  steps=$((kills + 8))
  serve "$run" ingest,plan "$m" "$steps"
  serve "$run" parameters "$m" "$steps"
  head -n $((steps * width)) "$samples" >"$work/samples.jsonl"
  plimsoll submit --new --prefix "$run" "$work/samples.jsonl" >"$OUT/$run-submit.log" || exit
  touch "$OUT/$run-watch.log"
  until plimsoll watch --prefix "$run" >"$OUT/$run-watch.log" 2>&1; do sleep 0.5; done &
  plimsoll worker --prefix "$run" --model "$model" --device "${DEVICE:-cpu}" --worker-id a \
    ${WORKER:-} >"$OUT/$run-a.log" 2>&1 &
  after "$run" "$kills"
  end parameters
  serve "$run" parameters "$m" "$steps"
  after "$run" $((kills + 4))
  end ingest,plan
  serve "$run" ingest,plan "$m" "$steps"
  until grep -q "the run is finished" "$OUT/$run-ingest,plan.log"; do
    kill -0 "${process[ingest,plan]}" || { tail "$OUT/$run-ingest,plan.log"; exit 1; }
    sleep 0.05
  done
  leave "$run" >"$OUT/$run-audit.log" || { cat "$OUT/$run-audit.log"; exit 1; }
  python3 - "$m" "$kills" "$OUT/$run-steps.jsonl" <<'P'
import json, statistics, sys
m, kills = map(int, sys.argv[1:3])
millis = []
for line in open(sys.argv[3]):
    record = json.loads(line)
    record = record.get("value", record)
    millis.append(record["rates"]["stepMillis"])
print(f"m {m}: a step {statistics.median(millis):.0f} ms,"
      f" parameter server killed {max(millis[kills:kills + 4])},"
      f" coordinator killed {max(millis[kills + 4:])}", flush=True)
P
done
