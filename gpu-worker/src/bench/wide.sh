#!/bin/bash
# One model over two cards. Each figure is a line of JSON with the part's name, in $OUT/wide.jsonl
# and on the screen; logs lie beside it.
#
#     wide.sh PART…    JAVA and CP (or WCP) from the environment
#
#   gradient   8b bf16: the gradient over two cards against that of one, at most 1e-2 by L2, and
#              the bits of the fold
#   speed      8b bf16 on full cards: one card; two cards in several pipelines; two processes with
#              a card each, which is data parallel without its exchange of gradients
#   small      8b bf16 over two cards with 12 GiB left on each, and one card with 24 GiB left
#   big        70b nf4 over two cards with 24 GiB left on each: 2,048 tokens, then the longest
#   full       70b nf4 over two full cards, and bf16 where it fits
#   peer       Transformers + PEFT with device_map auto on the same model and cards
#   model70    only makes the model of the 70b shape
#
# Environment: CARDS (0,1), WORK (where models are made), WRITERS (threads that write a model, 12),
# MODEL8 and MODEL70 (models that are there), LIMIT (seconds for each measurement, 400), DEVICE
# (cuda), PEER_LAYERS (only so many layers in the peer).
here=$(cd "$(dirname "$0")" && pwd)
OUT=${OUT:-/tmp/wide}
CARDS=${CARDS:-0,1}
LIMIT=${LIMIT:-400}
DEVICE=${DEVICE:-cuda}
WRITERS=${WRITERS:-12}
CP=${CP:-$WCP}
mkdir -p "$OUT"
results=$OUT/wide.jsonl

# a directory with room for a model of so many GiB: memory if there is enough, else a disk
room() {
  local dir
  mkdir -p /tmp/wide-memory
  if ! mountpoint -q /tmp/wide-memory; then
    mount -t tmpfs -o size=170g tmpfs /tmp/wide-memory 2>/dev/null
  fi
  for dir in ${WORK:-} /tmp/wide-memory /dev/shm /tmp; do
    if [ "$(df -BG --output=avail "$dir" 2>/dev/null | tail -1 | tr -dc 0-9)" -ge "$1" ]; then
      echo "$dir"
      return
    fi
  done
  echo "no directory has $1 GiB free: give one as WORK" >&2
  return 1
}

engine() { # engine MAIN ARGUMENT…
  timeout "$LIMIT" "$JAVA" -Xmx${HEAP:-12g} -XX:+UseSerialGC \
    ${THREADS:+-Djava.util.concurrent.ForkJoinPool.common.parallelism=$THREADS} \
    --enable-native-access=ALL-UNNAMED \
    --sun-misc-unsafe-memory-access=allow -Dai.djl.offline=true -DOPT_OUT_TRACKING=true \
    -cp "$CP" "dev.plimsoll.engine.bench.$1" "${@:2}"
}

# a virtual machine may get its memory only as it is used; inputs of layers are pinned in what the
# kernel says is available
grow() { # grow GIB: uses so much for a moment, unless it is available
  local have
  have=$(awk '/MemAvailable/ {print int($2 / 1048576)}' /proc/meminfo)
  [ "$have" -ge "$1" ] && return
  python3 -c '
import sys
held = [bytearray(b"x") * (1 << 30) for _ in range(int(sys.argv[1]))]' "$1"
  awk '/MemTotal|MemAvailable/ {print}' /proc/meminfo
}

tell() { # tell PART: lines of JSON from the input, with the part's name
  python3 -c '
import json, sys
for line in sys.stdin:
    if not line.startswith("{"):
        continue
    print(json.dumps({"part": sys.argv[1]} | json.loads(line)), flush=True)' "$1" |
    tee -a "$results"
}

cases() { # cases PART FILE: each case of a report of the bench as a line of JSON
  if [ ! -f "$2" ]; then
    echo "{\"part\": \"$1\", \"error\": \"no report; see the log\"}" | tee -a "$results"
    return
  fi
  python3 -c '
import json, sys
report = json.load(open(sys.argv[2]))
keep = ("name", "tokens", "tokensPerSecond", "teraflops", "peakBytes", "processBytes", "error")
for case in report["cases"]:
    line = {"part": sys.argv[1], "loadedBytes": report["loadedBytes"]}
    line |= {k: case[k] for k in keep if k in case}
    line["cards"] = [{k: v for k, v in c.items() if k != "passes"} for c in case.get("cards", [])]
    print(json.dumps(line))' "$1" "$2" | tee -a "$results"
}

bench() { # bench PART OPTION… CASE…
  local part=$1
  rm -f "$OUT/$part.json"
  engine EngineBenchMain --json "$OUT/$part.json" --repeats 3 --warm-up 1 "${@:2}" \
    >"$OUT/$part.log" 2>&1 || echo "{\"part\": \"$part\", \"exit\": $?}" | tee -a "$results"
  cases "$part" "$OUT/$part.json"
}

ballast() { # ballast BYTES CARD…: held until this script ends or release is called
  local card
  for card in "${@:2}"; do
    CUDA_VISIBLE_DEVICES=$card python3 "$here/ballast.py" "$1" >"$OUT/ballast-$card.log" 2>&1 &
    held+=($!)
  done
  for card in "${@:2}"; do
    for _ in $(seq 120); do
      grep -q held "$OUT/ballast-$card.log" && break
      sleep 0.5
    done
  done
  nvidia-smi --query-gpu=index,memory.used,memory.free --format=csv,noheader
}
release() {
  [ ${#held[@]} -gt 0 ] && kill "${held[@]}" 2>/dev/null && wait "${held[@]}" 2>/dev/null
  held=()
}
held=()
trap release EXIT

model() { # model SHAPE GIB: sets MODEL
  local given=$3 dir
  if [ -n "$given" ]; then
    MODEL=$given
    return
  fi
  dir=$(room "$2") || exit 1
  MODEL=$dir/model-$1
  [ -f "$MODEL/config.json" ] || THREADS=$WRITERS engine WideModelMain "$1" "$MODEL" |
    tell "model-$1"
}
model8() { model 8b 18 "$MODEL8"; MODEL8=$MODEL; }
model70() { model 70b 145 "$MODEL70"; MODEL70=$MODEL; grow 60; }

IFS=, read -r -a cards <<<"$CARDS"
first=${cards[0]}
second=${cards[1]}

for part in "$@"; do
  case $part in
    model70) model70 ;;
    gradient)
      model8
      engine WideBenchMain gradient "$MODEL8" "$DEVICE" bf16 "$CARDS" 0 4096 2048 \
        2>"$OUT/gradient.log" | tell gradient
      engine WideBenchMain fold "$MODEL8" "$DEVICE" bf16 "$CARDS" 4096 \
        2>"$OUT/fold.log" | tell gradient
      ;;
    speed)
      model8
      bench speed-one --model "$MODEL8" --precision bf16 --devices "$first" \
        "8x2048" "8x2048/recompute=all" "16x1024/recompute=all"
      bench speed-two --model "$MODEL8" --precision bf16 --devices "$CARDS" \
        "8x2048" "8x2048/pipeline=8192" "8x2048/pipeline=4096" "8x2048/pipeline=2048" \
        "16x2048/pipeline=4096" "16x2048/pipeline=2048" "32x2048/pipeline=4096" \
        "16x1024/recompute=all/pipeline=2048" "16x2048/recompute=all/pipeline=4096"
      for card in "$first" "$second"; do
        CUDA_VISIBLE_DEVICES=$card bench "speed-parallel-$card" --model "$MODEL8" \
          --precision bf16 "8x2048" "8x2048/recompute=all" &
      done
      wait
      ;;
    small)
      model8
      ballast $((12 << 30)) "$first" "$second"
      bench small-two --model "$MODEL8" --precision bf16 --devices "$CARDS" \
        "4x2048/recompute=all/tile=2048/chunk=512/pipeline=2048" \
        "8x2048/recompute=all/tile=2048/chunk=512/pipeline=2048" \
        "16x2048/recompute=all/tile=2048/chunk=512/pipeline=2048" \
        "16x1024/recompute=all/tile=1024/chunk=512/pipeline=1024"
      release
      ballast $((24 << 30)) "$first"
      bench small-one --model "$MODEL8" --precision bf16 --devices "$first" \
        "2x2048/recompute=all/tile=2048/chunk=512" "4x2048/recompute=all/tile=2048/chunk=512"
      release
      ;;
    big)
      model70
      ballast $((24 << 30)) "$first" "$second"
      engine WideBenchMain longest "$MODEL70" "$DEVICE" nf4 "$CARDS" 2048 2>"$OUT/big.log" |
        tell big
      bench big-pipelined --model "$MODEL70" --precision nf4 --devices "$CARDS" \
        "4x1024/recompute=all/tile=512/chunk=256/offload=all/groups=8/pipeline=1024" \
        "4x2048/recompute=all/tile=512/chunk=256/offload=all/groups=8/pipeline=2048"
      release
      ;;
    full)
      model70
      bench full-nf4 --model "$MODEL70" --precision nf4 --devices "$CARDS" \
        "4x2048/recompute=all/pipeline=2048" "8x2048/recompute=all/pipeline=2048" \
        "8x2048/recompute=all/pipeline=4096" "16x2048/recompute=all/pipeline=4096"
      bench full-bf16 --model "$MODEL70" --precision bf16 --devices "$CARDS" \
        "4x2048/recompute=all/pipeline=2048" "8x2048/recompute=all/pipeline=2048" \
        "8x2048/recompute=all/pipeline=4096" "16x2048/recompute=all/pipeline=4096"
      ;;
    peer)
      model70
      CUDA_VISIBLE_DEVICES=$CARDS timeout "$LIMIT" python3 "$here/peer_wide.py" \
        ${PEER_LAYERS:+--layers "$PEER_LAYERS"} "$MODEL70" 16 2 1x2048 2x2048 4x2048 8x2048 \
        2>"$OUT/peer.log" | tell peer
      ;;
    *)
      echo "there is no part $part" >&2
      exit 2
      ;;
  esac
done
