#!/bin/bash
# Do replicas on CPU and GPU hold the same bits? One run of STEPS steps is trained by workers of
# both kinds that join, are killed and leave while it goes on, with two rollbacks and a restart of
# the parameter server. The audit compares the digests that all of them report of every version.
#
#     replicas.sh NAME SAMPLES STEPS
#
# NAME is the run's prefix; its topics are left in OUT. SAMPLES is a file of samples, four of which
# are a step. JAVA, PLIMSOLL_HOME and OUT as in fleet.sh, DEVICE of the workers that are not on CPU
# (cuda).
. "$(dirname "$0")/fleet.sh"
name=$1 samples=$2 steps=$3
work=$(mktemp -d)
trap 'kill -9 $(descendants $$) 2>/dev/null; rm -rf "$work"' EXIT

declare -A process
# start WORKER DEVICE
start() {
  echo "step $(committed): start $1 on $2"
  plimsoll worker --prefix "$name" --model "$work/model" --device "$2" --worker-id "$1" \
    --threads 1 >>"$OUT/$name-$1.log" 2>&1 &
  process[$1]=$!
}
# end SIGNAL WORKER
end() {
  echo "step $(committed): kill $1 $2"
  kill "$1" $(descendants "${process[$2]}") "${process[$2]}" 2>/dev/null
}
serve() {
  plimsoll coordinator --prefix "$name" --model "$work/model" --lora-rank 16 --shards 2 \
    --roles parameters --samples-per-step 4 --steps "$steps" --lease 4s --learning-rate 1e-3 \
    --state-every 10 --port 0 >>"$OUT/$name-parameters.log" 2>&1 &
  process[parameters]=$!
}
committed() { grep -c '^step ' "$OUT/$name-watch.log"; }
# after N: waits until N steps are committed, undone ones among them
after() {
  until [ "$(committed)" -ge "$1" ]; do
    kill -0 "${process[coordinator]}" || { tail "$OUT/$name-coordinator.log"; exit 1; }
    sleep 0.2
  done
}

start_broker "$work/broker" || exit
plimsoll model create "$work/model" --layers 4 --hidden-size 256 --intermediate-size 704 --heads 4 \
  --kv-heads 2 --dtype float32 --max-positions 4096 || exit
plimsoll coordinator --prefix "$name" --model "$work/model" --lora-rank 16 --shards 2 \
  --roles ingest,plan --samples-per-step 4 --steps "$steps" --lease 4s --learning-rate 1e-3 \
  --state-every 10 --port 0 >"$OUT/$name-coordinator.log" 2>&1 &
process[coordinator]=$!
serve
head -n $((steps * 4)) "$samples" >"$work/samples.jsonl"
plimsoll submit --prefix "$name" "$work/samples.jsonl" || exit
touch "$OUT/$name-watch.log"
# it ends where there are no topics yet
until plimsoll watch --prefix "$name" >"$OUT/$name-watch.log" 2>&1; do sleep 0.5; done &

part=$((steps / 10))
start a "${DEVICE:-cuda}"
start b cpu
after $part
plimsoll checkpoint --prefix "$name" early
start c "${DEVICE:-cuda}"
after $((2 * part))
end -9 b
after $((3 * part))
start b cpu
plimsoll rollback --prefix "$name" early
after $((5 * part))
end -9 a
end -9 parameters
serve
after $((6 * part))
start a "${DEVICE:-cuda}"
plimsoll checkpoint --prefix "$name" late
after $((7 * part))
end -TERM c
start d cpu
after $((8 * part))
plimsoll rollback --prefix "$name" late
end -9 b
start b "${DEVICE:-cuda}"
until grep -q "the run is finished" "$OUT/$name-coordinator.log"; do
  kill -0 "${process[coordinator]}" || { tail "$OUT/$name-coordinator.log"; exit 1; }
  sleep 0.2
done
echo "finished after $(committed) steps, undone ones among them"
leave "$name"
