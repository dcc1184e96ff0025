#!/usr/bin/env bash
# On a machine with two GPUs or more: what `train` says before it starts anything, and one worker
# over two cards. Somebody else (ballast.py) leaves LEFT bytes (13e9) on each of the first two
# cards, so that an 8B shape in bf16 fits neither of them alone, and both together.
#
#     train-cards.sh [MODEL]
#
# MODEL is a directory with an 8B Llama; without it one with random weights is made. Prints what
# each command said, its exit code and its milliseconds; ends with 1 if one of them did not do its
# part. JAVA, PLIMSOLL_HOME and OUT as in fleet.sh.
set -uo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
# shellcheck source=fleet.sh
. "$here/fleet.sh"
work=$(mktemp -d)
trap 'kill -9 $(descendants $$) 2>/dev/null; rm -rf "$work"' EXIT
model=${1:-$work/8b}
[ -e "$model" ] || plimsoll model create "$model" --shape 8b || exit
for line in $(seq 256); do
  echo "{\"prompt\": \"How many are $line and $line?\", \"completion\": \"$((2 * line)).\"}"
done >"$work/samples.jsonl"
failed=0

# expect EXIT-CODE WORDS NAME OPTIONS...: a start of train with these options
expect() {
  local wanted=$1 words=$2 name=$3 code=0 begin; shift 3
  echo "== train $*"
  begin=$(now)
  plimsoll train --model "$model" --data "$work/samples.jsonl" --samples-per-step 32 \
    --lora-rank 16 --dir "$work/$name" "$@" >"$OUT/train-$name.log" 2>&1 || code=$?
  tail -n 12 "$OUT/train-$name.log"
  echo "-- exit code $code after $(($(now) - begin)) ms"
  if [ "$code" != "$wanted" ] || ! grep -q -- "$words" "$OUT/train-$name.log"; then
    echo "-- FAILED: exit code $wanted and the words '$words' were expected"
    failed=1
  fi
  # whoever is refused leaves nothing, and has started nothing
  if [ "$wanted" = 4 ] && [ -e "$work/$name" ]; then
    echo "-- FAILED: $work/$name is there"
    failed=1
  fi
}

# both cards empty
expect 4 "this process sees" missing --devices 0,99
expect 0 "^audit clean: 256 submitted, 256 trained once" empty --devices 0,1

ballast=()
for card in 0 1; do
  CUDA_VISIBLE_DEVICES=$card python3 "$here/ballast.py" "${LEFT:-13000000000}" \
    >"$work/ballast-$card" 2>&1 &
  ballast+=($!)
done
for card in 0 1; do
  until grep -q "^held" "$work/ballast-$card"; do
    kill -0 "${ballast[$card]}" || { cat "$work/ballast-$card"; exit 1; }
    sleep 0.2
  done
done
# one worker for each card: neither holds the model
CUDA_VISIBLE_DEVICES=0,1 expect 4 "--devices 0,1 trains one model over 2 cards" alone
CUDA_VISIBLE_DEVICES=0 expect 4 "several cards share the model (devices)" only --workers 1
expect 0 "^audit clean: 256 submitted, 256 trained once" pair --devices 0,1
grep -h "is loaded" "$work"/pair/logs/worker-1.log
exit "$failed"
