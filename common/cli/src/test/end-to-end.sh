#!/usr/bin/env bash
# What `plimsoll test --all` runs last. The launcher reads it and calls end_to_end; $home is the
# launcher's own.
# shellcheck disable=SC2154

# Whole runs with real processes: killed and split otherwise, they must give the same steps and the
# same adapter.
end_to_end() {
  local place variant runs=()
  place=$(mktemp -d)
  for variant in "" "--kill worker" "--kill coordinator" "--workers 1 --max-microbatch-tokens 1" \
      "--max-microbatch-tokens 100000"; do
    echo "plimsoll: demo $variant" >&2
    # shellcheck disable=SC2086
    "$home/plimsoll" demo --steps 8 --dir "$place/${#runs[@]}" $variant \
      || { rm -rf "$place"; return 1; }
    runs+=("$(echo "$place/${#runs[@]}"/*/)")
  done
  "$home/plimsoll" compare "${runs[@]}" || return 1
  talk "${runs[0]}" "$place" || { rm -rf "$place"; return 1; }
  echo "plimsoll: bench fleet" >&2
  "$home/plimsoll" bench fleet --device cpu --tokens-per-step 1024 --steps 3 --warm-up 1 \
    --dir "$place/fleet" || { rm -rf "$place"; return 1; }
  train_again "$place" || { rm -rf "$place"; return 1; }
  train_wide "$place" || { rm -rf "$place"; return 1; }
  intake "$place" || { rm -rf "$place"; return 1; }
  packed "$place/packed" || { rm -rf "$place"; return 1; }
  rm -rf "$place"
}

# A package trains where there is no JDK, no Maven and no source.
packed() {
  local place=$1 own
  echo "plimsoll: package" >&2
  mkdir "$place"
  "$home/plimsoll" package "$place/p.tar.gz" || return 1
  tar -C "$place" -xzf "$place/p.tar.gz"
  tar -C "$place" -xzf "$place/p-libtorch-cpu.tar.gz"
  own=$(echo "$place"/plimsoll-*)
  mkdir "$place/empty"
  (cd "$place/empty" && env -u JAVA_HOME PATH=/usr/bin:/bin "$own/plimsoll" --version \
    && env -u JAVA_HOME PATH=/usr/bin:/bin "$own/plimsoll" demo --steps 2)
}

# The adapter of a run answers by itself, and its loss is below the base model's.
talk() {
  local run=$1 place=$2
  echo "plimsoll: generate and evaluate" >&2
  "$home/plimsoll" generate --adapter "$run/adapter" --prompt "java.lang.String" \
    --max-new-tokens 16 --json >"$place/answer.json" || return 1
  grep -q '"finish":"\(end\|length\)"' "$place/answer.json" || return 1
  "$home/plimsoll" evaluate --adapter "$run/adapter" --data "$run/jdk-api.jsonl" --json \
    | grep -o '"lossPerToken":[0-9.]*' | cut -d: -f2 | paste -s -d' ' \
    | awk '{ print "plimsoll: loss of the base model " $1 ", with the adapter " $2; \
             exit !($2 < $1) }' >&2
}

# A run of train that is killed and started again trains each sample once all the same.
train_again() {
  local place=$1 line seconds child
  for line in $(seq 96); do
    echo "{\"prompt\": \"How many are $line and $line?\", \"completion\": \"$((2 * line)).\"}"
  done >"$place/train.jsonl"
  for seconds in 12 15 18 0; do
    echo "plimsoll: train, killed after $seconds s (0: to its end)" >&2
    "$home/plimsoll" train --model "$home/common/model/tiny-llama" --data "$place/train.jsonl" \
      --samples-per-step 4 --device cpu --dir "$place/train" >"$place/train.txt" &
    child=$!
    if [ "$seconds" = 0 ]; then wait "$child" || return 1; else
      sleep "$seconds"
      kill -9 "$child" 2>/dev/null
      wait "$child" 2>/dev/null || true
    fi
  done
  cat "$place/train.txt"
  grep -q "^audit clean: 96 submitted, 96 trained once" "$place/train.txt" \
    && [ -f "$place/train/adapter/adapter_model.safetensors" ]
}

# One worker over two pretended cards; cards that are too small are refused before anything starts.
train_wide() {
  local place=$1 command code=0
  command=("$home/plimsoll" train --model "$home/common/model/tiny-llama"
    --data "$place/train.jsonl" --samples-per-step 16 --device cpu --devices "0,1")
  echo "plimsoll: train over two cards" >&2
  "${command[@]}" --simulated-card-bytes 2000000 --dir "$place/narrow" 2>"$place/narrow.txt" \
    || code=$?
  [ "$code" = 4 ] && [ ! -e "$place/narrow" ] \
    && grep -q "does not fit these cards" "$place/narrow.txt" || return 1
  "${command[@]}" --simulated-card-bytes 40000000 --dir "$place/wide" >"$place/wide.txt" \
    || return 1
  grep -q "worker-1 card 1 " "$place/wide.txt" \
    && grep -q "^audit clean: 96 submitted, 96 trained once" "$place/wide.txt"
}

# The way of samples, with the real commands: killed half-way, malformed, as a stream; and a demo
# that tells why it rejected one.
intake() {
  local place=$1 line reason="1 rejected as BAD_FIELD: data.jsonl:41: field text is the number 5"
  echo "plimsoll: bench submit, malformed and stream" >&2
  "$home/plimsoll" bench submit --samples 1000,10000 --dir "$place/submit" || return 1
  "$home/plimsoll" bench malformed --count 10000 --dir "$place/malformed" || return 1
  "$home/plimsoll" bench stream --minutes 1 --every 10 --dir "$place/stream" || return 1
  echo "plimsoll: demo with a sample that is rejected" >&2
  for line in $(seq 40); do
    echo "{\"prompt\": \"How many? $line\", \"completion\": \"So many.\"}"
  done >"$place/data.jsonl"
  echo '{"text": 5}' >>"$place/data.jsonl"
  "$home/plimsoll" demo --data "$place/data.jsonl" --steps 2 --samples-per-step 8 \
    --report "$place/demo.json" --dir "$place/demo" | tee "$place/demo.txt" || return 1
  grep -q "$reason" "$place/demo.txt" \
    && grep -q '"first" *: *"data.jsonl:41"' "$place/demo.json" \
    || { echo "plimsoll: the demo did not tell: $reason" >&2; return 1; }
}
