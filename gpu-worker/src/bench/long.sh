#!/bin/bash
# Samples of many tokens through the whole product on one GPU: submit, coordinator, worker, audit.
#
#     long.sh NAME MODEL SAMPLES WORKER-OPTION…
#
# NAME is the run's prefix; its topics are left in OUT. MODEL is a model directory and SAMPLES a
# file of samples (long_samples.py makes both fit), WIDTH (1) of which are a step. JAVA,
# PLIMSOLL_HOME and OUT as in fleet.sh, RANK of the adapter (16), DEVICE of the worker (cuda).
. "$(dirname "$0")/fleet.sh"
name=$1 model=$2 samples=$3
shift 3
work=$(mktemp -d)
trap 'kill $(descendants $$) 2>/dev/null; sleep 2; rm -rf "$work"' EXIT
start_broker "$work/broker" || exit
width=${WIDTH:-1}
steps=$(($(wc -l <"$samples") / width))
plimsoll coordinator --prefix "$name" --model "$model" --lora-rank "${RANK:-16}" --shards 4 \
  --samples-per-step "$width" --steps "$steps" --port 0 >"$OUT/$name-coordinator.log" 2>&1 &
plimsoll worker --prefix "$name" --model "$model" --device "${DEVICE:-cuda}" "$@" \
  >"$OUT/$name-worker.log" 2>&1 &
worker=$!
begin=$(now)
plimsoll submit --prefix "$name" "$samples"
echo "submitted and admitted after $(($(now) - begin)) ms"
while kill -0 "$worker" 2>/dev/null; do
  for process in $(descendants "$worker"); do
    peak=$(awk '/VmHWM/ {print $2}' "/proc/$process/status" 2>/dev/null)
    ((${peak:-0} > ${top:-0})) && top=$peak
  done
  sleep 0.2
done
wait $worker || { tail -n 20 "$OUT/$name-coordinator.log" "$OUT/$name-worker.log"; exit 1; }
echo "trained after $(($(now) - begin)) ms; the worker's host peak: $top KiB"
leave "$name"
