#!/bin/bash
# What demo, train and watch show on terminals of 40, 80 and 200 columns: runs small ones in tmux
# and looks at their panes several times a second. Ends with 1 when a line was longer than its
# terminal (paths, which stay whole, aside), or when something was not seen that should be: what
# happens before the first step, the time left, "paused", each step in `watch`, the verdict.
#
#     tmux.sh [COLUMNS…]
#
# It needs tmux (Debian: apt-get install tmux). The product must be built. What was seen is kept in
# the directory that it names at its end.
set -uo pipefail
home=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../../../..")
work=$(mktemp -d)
server=(tmux -L "plimsoll-$$" -f /dev/null)
trap '"${server[@]}" kill-server 2>/dev/null' EXIT
widths=("$@")
[ $# -gt 0 ] || widths=(40 80 200)
failed=0

fail() { echo "  FAILED: $1" >&2; failed=1; }

# pane NAME COLUMNS COMMAND: the command in a terminal of its own, which stays when it has ended
pane() {
  "${server[@]}" new-session -d -s "$1" -x "$2" -y 60 \
    "cd '$work'; $3; echo \"ended \$?\"; sleep 600"
}

# Each line as the terminal has it, and the same with wrapped lines joined: they differ in number
# where a line was too long.
look() {
  "${server[@]}" capture-pane -p -t "$1" >>"$work/$1.seen"
  "${server[@]}" capture-pane -pJ -t "$1" >>"$work/$1.joined"
}

# until PATTERN NAME: looks until one of the lines says so
until_seen() {
  local tries=0
  until "${server[@]}" capture-pane -pJ -t "$2" | grep -qE "$1"; do
    look "$2"
    sleep 0.2
    tries=$((tries + 1))
    if [ $tries -gt 3000 ]; then fail "$2 did not say $1 in ten minutes"; return 1; fi
  done
  look "$2"
}

judge() {
  local name=$1 columns=$2 long
  long=$(awk -v most="$columns" 'length($0) > most' "$work/$name.joined" | sort -u \
    | grep -v -E '[^ ]{'"$((columns - 2))"',}')
  [ -z "$long" ] || fail "$name has lines that are too long for $columns columns:
$long"
}

saw() {
  grep -qE "$2" "$work/$1.joined" || fail "$1 did not show $2"
}

seq 1 480 | sed 's/.*/{"prompt":"What is & times 3?","completion":"It is three times &."}/' \
  >"$work/samples.jsonl"
small="--samples-per-step 20 --device cpu"

for columns in "${widths[@]}"; do
  echo "$columns columns: demo and watch"
  pane "demo$columns" "$columns" \
    "'$home/plimsoll' demo --steps 24 --samples 480 $small --dir d$columns --keep"
  log=""
  until [ -n "$log" ] && grep -q '^READY' $log 2>/dev/null; do
    sleep 0.2
    look "demo$columns"
    log=$(ls -d "$work/d$columns"/*/logs/broker.log 2>/dev/null)
  done
  broker=$(sed -n 's/^READY //p' "$log" | tail -1)
  # the run is there, and its workers take a while to start
  until_seen '0/24  (no worker|[0-9]+ worker|[0-9]+ of)' "demo$columns"
  pane "watch$columns" "$columns" "'$home/plimsoll' watch --bootstrap $broker"
  "$home/plimsoll" pause --bootstrap "$broker" >/dev/null
  until_seen 'paused|ended' "demo$columns"
  "$home/plimsoll" resume --bootstrap "$broker" >/dev/null
  until_seen 'step +5' "watch$columns"
  until_seen '^ended' "demo$columns"
  saw "demo$columns" '0/24  (the coordinator|no worker|[0-9]+ worker|[0-9]+ of)'
  saw "demo$columns" '[0-9] (s|h) left'
  saw "demo$columns" '/24.*paused'
  saw "demo$columns" 'audit clean'
  saw "demo$columns" '^ended 0'
  judge "demo$columns" "$columns"
  judge "watch$columns" "$columns"

  echo "$columns columns: train"
  pane "train$columns" "$columns" "'$home/plimsoll' train --model '$home/common/model/tiny-llama' \
    --data samples.jsonl --dir t$columns $small"
  until_seen '^ended' "train$columns"
  saw "train$columns" '0/24  (the coordinator|no worker|[0-9]+ worker|[0-9]+ of)'
  saw "train$columns" '[0-9] (s|h) left'
  saw "train$columns" 'audit clean'
  saw "train$columns" '^ended 0'
  judge "train$columns" "$columns"
done
echo "what was seen is in $work"
exit $failed
