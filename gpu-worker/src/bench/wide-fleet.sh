#!/bin/bash
# A fleet of a worker with two cards and a worker with one, twice: undisturbed, and with somebody
# who takes memory of the second of the two cards for a while, and a kill of the process that has
# both.
#
#     wide-fleet.sh NAME MODEL SAMPLES STEPS
#
# NAME begins the runs' prefixes; their topics are left in OUT. SAMPLES is a file of samples, WIDTH
# (64) of which are a step. JAVA, PLIMSOLL_HOME and OUT as in fleet.sh. CARDS of the pair (0,1),
# SINGLE the card of the other worker (2; empty: no such worker), WORKER for more of the workers'
# options, INVADER the bytes that are taken (8 GiB), HELD for so many seconds (30), DEVICE (cuda).
# With DEVICE=cpu the cards are simulated ones of CARD bytes.
#
# Prints the audits, how far the two adapters are apart, and of each card of the pair the error of
# the forecast; writes OUT/NAME-hit-card-1.svg with the second card's line, peaks and speed.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/fleet.sh"
name=$1 model=$2 samples=$3 steps=$4
device=${DEVICE:-cuda} cards=${CARDS:-0,1} single=${SINGLE-2} width=${WIDTH:-64}
work=$(mktemp -d)
trap 'kill -9 $(descendants $$) 2>/dev/null; rm -rf "$work"' EXIT

declare -A process
# start RUN WORKER OPTIONS...
start() {
  local run=$1 worker=$2
  shift 2
  if [ "$device" = cpu ]; then
    set -- "$@" --simulated-card-bytes "${CARD:-50331648}" --threads 1
    [ "$worker" = pair ] && set -- "$@" --simulated-others-file "$work/others-$run"
  fi
  plimsoll worker --prefix "$run" --model "$model" --device "$device" --worker-id "$worker" \
    ${WORKER:-} "$@" >>"$OUT/$run-$worker.log" 2>&1 &
  process[$worker]=$!
}
pair() { start "$1" pair --devices "$cards"; }
other() {
  if [ -n "$single" ]; then
    if [ "$device" = cpu ]; then
      start "$1" single
    else
      start "$1" single --devices "$single"
    fi
  fi
}
committed() { grep -c '^step ' "$OUT/$1-watch.log"; }
# after RUN N
after() {
  until [ "$(committed "$1")" -ge "$2" ]; do
    kill -0 "${process[coordinator]}" || { tail "$OUT/$1-coordinator.log"; exit 1; }
    sleep 0.2
  done
}
# invade RUN: takes memory of the second card, and says when
invade() {
  local second=${cards#*,}
  second=${second%%,*}
  if [ "$device" = cpu ]; then
    say() { echo "{\"atMillis\": $(now), \"invader\": \"$1\"}" >>"$OUT/$run-invader.jsonl"; }
    say takes
    echo "${INVADER:-30000000}" >"$work/others-$1.$second"
    say has
    sleep "${HELD:-10}"
    say gives
    rm "$work/others-$1.$second"
    say gave
  else
    CUDA_VISIBLE_DEVICES=$second python3 "$here/invader.py" "${INVADER:-$((8 << 30))}" \
      "${HELD:-30}" 1 1 >"$OUT/$1-invader.jsonl"
  fi
}

start_broker "$work/broker" || exit
head -n $((steps * width)) "$samples" >"$work/samples.jsonl"
for way in calm hit; do
  run=$name-$way
  plimsoll coordinator --prefix "$run" --model "$model" --lora-rank 16 --learning-rate 1e-4 \
    --gradient-dtype fp32 --samples-per-step "$width" --steps "$steps" --state-every 8 --port 0 \
    >"$OUT/$run-coordinator.log" 2>&1 &
  process[coordinator]=$!
  plimsoll submit --new --prefix "$run" "$work/samples.jsonl" >"$OUT/$run-submit.log" || exit
  touch "$OUT/$run-watch.log"
  until plimsoll watch --prefix "$run" >"$OUT/$run-watch.log" 2>&1; do sleep 0.5; done &
  pair "$run"
  other "$run"
  if [ $way = hit ]; then
    after "$run" $((steps / 4))
    invade "$run"
    after "$run" $((steps / 2))
    kill -9 $(descendants "${process[pair]}") "${process[pair]}"
    echo "killed the pair at step $(committed "$run")"
    pair "$run"
  fi
  until grep -q "the run is finished" "$OUT/$run-coordinator.log"; do
    kill -0 "${process[coordinator]}" || { tail "$OUT/$run-coordinator.log"; exit 1; }
    sleep 0.2
  done
  leave "$run" || exit
  plimsoll export "$OUT/$run-adapter" --prefix "$run" --model "$model" --no-audit || exit
done
python3 "$here/wide_fleet.py" "$OUT/$name-calm" "$OUT/$name-hit"
python3 "$here/timeline.py" "$OUT/$name-hit-journal.jsonl" "$OUT/$name-hit-telemetry.jsonl" \
  "$OUT/$name-hit-invader.jsonl" pair 1 >"$OUT/$name-hit-card-1.svg"
