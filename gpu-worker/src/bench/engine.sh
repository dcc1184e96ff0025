#!/bin/bash
# The engine's figures on one GPU, an older tree beside them. What matters goes to the screen, the
# rest to files in OUT.
#
#     engine.sh PART…    JAVA and CP from the environment; OLD_CP an older tree's class path
#
#   check     the gradient against fp32, plans against each other, kernels against PyTorch's
#             (needs the test classes in CP)
#   table     tokens/s by micro-batch and precision; with OLD_CP in turns, since a card at its limit
#             of power is slower when it is warm
#   curve     tokens/s against GiB, from no layer recomputed to all
#   lengths   each number of tokens the first time, then again
#   power     clock and watts while 4x2048 is trained
#   bound     the frozen products and attention by themselves (products.py)
#   kernels   the time of each kernel, by CUPTI (kernels.c; needs gcc and cupti.h in CUDA_HOME)
#   long      one sequence of 27,000 tokens with and without attention kept (offload.sh)
#   mixed     the memory loop on 24 GB against fixed batches; DATA is its file of sequences
#   longest   one sequence of TOKENS (270,000) beside a ballast of LEFT bytes (24e9), with inputs
#             of OFFLOADED layers (32) in host memory (budget.sh)
#   peer      Transformers + PEFT on the same model: plain, checkpointing, compiled
#
# Environment: MODEL (a directory of the 8b shape; made if it is not there), LIMIT (seconds for each
# measurement, 150), DEVICE (cuda), REPEATS (5), TURNS of the two trees (2).
here=$(cd "$(dirname "$0")" && pwd)
OUT=${OUT:-/tmp/engine-figures}
MODEL=${MODEL:-/dev/shm/plimsoll-8b}
LIMIT=${LIMIT:-150}
DEVICE=${DEVICE:-cuda}
REPEATS=${REPEATS:-5}
TURNS=${TURNS:-2}
LEFT=${LEFT:-24000000000}
SHAPE=${SHAPE:-8b}
export CP MODEL JAVA DEVICE
mkdir -p "$OUT"

run() { # run CLASS-PATH MAIN ARGUMENT…
  timeout "$LIMIT" "$JAVA" $JVM -Xmx8g --enable-native-access=ALL-UNNAMED -cp "$1" \
    "dev.plimsoll.engine.$2" "${@:3}"
}

bench() { # bench CLASS-PATH PRECISION CASE…
  run "$1" bench.EngineBenchMain --model "$MODEL" --shape "$SHAPE" --device "$DEVICE" \
    --precision "$2" --repeats "$REPEATS" "${@:3}" 2>>"$OUT/bench.log" |
    tee -a "$OUT/bench.log" | grep -E '^[0-9]+x' | cut -c1-110
}

trees() { # trees PRECISION CASE…: the older tree and this one, in turns
  for ((turn = 1; turn <= TURNS; turn++)); do
    if [ -n "$OLD_CP" ]; then
      echo "$1, older tree, turn $turn"
      bench "$OLD_CP" "$@"
    fi
    echo "$1, this tree, turn $turn"
    bench "$CP" "$@"
    [ -z "$OLD_CP" ] && break
  done
}

with_ballast() { # with_ballast BYTES: so many are left; kill $ballast gives the rest back
  python3 "$here/ballast.py" "$1" >"$OUT/ballast.log" &
  ballast=$!
  until grep -q held "$OUT/ballast.log" || ! kill -0 $ballast; do sleep 0.3; done
}

check() {
  run "$CP" GpuCheckMain "$OUT/check" bf16 >"$OUT/check.log" 2>&1
  echo "GpuCheckMain ended with $?"
  with_ballast 3500000000
  run "$CP" GpuCheckMain "$OUT/check" failures refusals >>"$OUT/check.log" 2>&1
  echo "its failures and refusals, with 3.5 GB left, ended with $?"
  kill "$ballast"
  grep -E 'at most|TOLERANCE' "$OUT/check.log" | grep -vE '\) ok$' | cut -c1-150
  grep -E 'kept|dense|composed' "$OUT/check.log" | cut -c1-110
  run "$CP" weights.WeightsGpuCheckMain "$OUT/weights" 0 2>&1 | tail -n 11 | cut -c1-100
}

table() {
  trees bf16 4x2048/0 1x8192/0 2x4096/0 2x2048/0 1x512/0 4x2048/32
  trees fp8 4x2048/0 1x8192/0 1x512/0 4x2048/32
  trees nf4 4x2048/0 4x2048/32
  echo 'bf16, then fp8, LoRA on q, k and v only'
  bench "$CP" bf16 --targets q,k,v 4x2048/0
  bench "$CP" fp8 --targets q,k,v 4x2048/0
}

curve() {
  bench "$CP" bf16 4x2048/{0,4,8,12,16,20,24,28,32}
}

lengths() {
  REPEATS=1 bench "$CP" bf16 --warm-up 0 1x4096 1x{812,815,831,859,1100,1103,1117,1490,1497,1499} \
    1x{812,859,1103,1499} 1x5000 1x5003 4x2048
}

power() {
  REPEATS=20 bench "$CP" bf16 4x2048/0 &
  sleep $((LIMIT / 8))
  nvidia-smi --format=csv,noheader -lms 200 \
    --query-gpu=clocks.sm,power.draw.instant,clocks_event_reasons.sw_power_cap >"$OUT/power.csv" &
  meter=$!
  wait %1
  kill $meter
  tail -n 20 "$OUT/power.csv" | head -n 15
}

bound() {
  timeout "$LIMIT" python3 "$here/products.py" 4 2048 6
}

kernels() {
  cuda=${CUDA_HOME:-/usr/local/cuda}
  gcc -shared -fPIC -O2 -I "$cuda/include" "$here/kernels.c" -o "$OUT/kernels.so" \
    -L "$cuda/lib" -L "$cuda/lib64" -l:libcupti.so.${CUPTI:-13} || return
  for tree in old this; do
    classes=$CP
    [ $tree = old ] && classes=$OLD_CP
    [ -n "$classes" ] || continue
    for precision in bf16 fp8; do
      CUDA_INJECTION64_PATH=$OUT/kernels.so KERNELS_OUT=$OUT/kernels-$tree-$precision.tsv \
        REPEATS=8 bench "$classes" $precision --warm-up 2 4x2048/0
    done
  done
}

long() {
  bash "$here/offload.sh" 27000 2>"$OUT/offload.log" | cut -c1-130
}

mixed() {
  [ -n "$DATA" ] || { echo 'mixed: give DATA, lines of {"tokens": […], "trainOn": […]}'; return; }
  with_ballast "$LEFT"
  for policy in ${POLICIES:-plimsoll offloaded:8 offloaded:16 fixed:8}; do
    told=$OUT/mixed-${policy/:/-}.txt
    JVM=-Dplimsoll.bench.trace=true run "$CP" bench.MemoryBenchMain "$MODEL" "$DATA" "$DEVICE" \
      bf16 16 "${STEPS:-10}" 64 "$LEFT" "$policy" >"$told" 2>&1
    grep -E ' ms, best| refused, ' "$told" | grep -E 'long|refused' |
      head -n 12 | cut -c1-130
    grep -vE ' ms, best| refused, ' "$told" | grep -E "^$policy|^  " |
      cut -c1-230
  done
  kill $ballast
}

longest() {
  bash "$here/budget.sh" "$LEFT" "${TOKENS:-270000}" 2>"$OUT/longest.log" | tail -n 4
}

peer() {
  timeout "$LIMIT" python3 "$here/peer.py" "$MODEL" 16 "$REPEATS" 2x2048/n 4x2048/c 2>&1 | tail -n 3
  timeout $((2 * LIMIT)) python3 "$here/peer.py" "$MODEL" 16 "$REPEATS" 2x2048/t 2>&1 | tail -n 1
}

for part in "$@"; do
  case $part in
    check | table | curve | lengths | power | bound | kernels | long | mixed | longest | peer)
      echo "== $part"
      $part
      ;;
    *)
      echo "'$part' is none of check, table, curve, lengths, power, bound, kernels, long," \
        "mixed, longest, peer" >&2
      exit 2
      ;;
  esac
done
