#!/bin/bash
# What a person is told who uses Plimsoll wrongly: one line for each of the uses below, as a table.
# For each its exit code, the seconds until the command ended, and the first line of what it said.
# Ends with 1 when one of them has another exit code than it should, or shows a stack trace.
#
#     wrong-uses.sh
#
# It starts a broker of its own. The product must be built.
set -uo pipefail
home=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../../../..")
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$work"' EXIT
plimsoll() { "$home/plimsoll" "$@"; }
cd "$work" || exit
model=$home/common/model/tiny-llama

# what is wrong
printf 'question,answer\n1+1,2\n' >table.jsonl
: >empty.jsonl
printf '{"text":\n' >broken.jsonl
printf '{"weather":"fine"}\n' >foreign.jsonl
printf '{"text":"one and one is two"}\n' >good.jsonl
printf 'learning-rat: 1e-4\n' >typo.yaml
printf 'security.protocol=SASL_SSL\n' >secured.properties
mkdir half cut foreign mine void
cp "$model"/config.json half/
cp "$model"/* cut/
head -c 100000 "$model/model.safetensors" >cut/model.safetensors
echo 'a long chapter' >mine/thesis.txt
printf '{"peft_type":"LORA","r":4,"lora_alpha":8,"target_modules":["q_proj"]}' \
  >foreign/adapter_config.json
cp "$model/model.safetensors" foreign/adapter_model.safetensors
ln -s /etc link

plimsoll broker --dir "$work/kafka" --port 0 >broker.out 2>&1 &
until grep -q localhost broker.out 2>/dev/null; do sleep 0.2; done
broker=$(grep -o 'localhost:[0-9]*' broker.out | head -1)
taken=${broker#localhost:}

failed=0
count=0
echo "| command | exit code | seconds | what it says |"
echo "|---|---|---|---|"
# without the names of this machine's places
plain() { sed -e "s#$work/##g" -e "s#$home/##g" -e "s#$broker#BROKER#g" -e 's/|/\\|/g'; }
# wrong EXIT-CODE ARGUMENTS...
wrong() {
  local expected=$1 code=0 begin end said
  shift
  begin=$(date +%s%N)
  plimsoll "$@" >said 2>&1 </dev/null || code=$?
  end=$(date +%s%N)
  count=$((count + 1))
  said=$( (grep -m1 '^plimsoll: ' said || grep -v '^$' said | head -1) | cut -c1-260 | plain)
  printf '| `%s` | %s | %s | %s |\n' "$(printf '%s ' "$@" | sed -e 's/ $//' | plain)" "$code" \
    "$(awk "BEGIN {printf \"%.1f\", ($end - $begin) / 1e9}")" "$said"
  if [ "$code" != "$expected" ]; then
    echo "exit code $code where $expected was expected: plimsoll $*" >&2
    failed=1
  fi
  if grep -qE '^\s+at [a-z]+[.a-zA-Z]+\(' said; then
    echo "a stack trace: plimsoll $*" >&2
    failed=1
  fi
  if [ -e t ]; then
    echo "left something in t: plimsoll $*" >&2
    failed=1
  fi
}

wrong 2 trian
wrong 2 train --learning-rte 1e-4
wrong 2 train --data
wrong 4 train --data missing.jsonl --model "$model" --dir t
wrong 4 train --data table.jsonl --model "$model" --dir t
wrong 4 train --data empty.jsonl --model "$model" --dir t
wrong 4 train --data broken.jsonl --model "$model" --dir t
wrong 4 train --data foreign.jsonl --model "$model" --dir t
wrong 4 train --data void --model "$model" --dir t
wrong 4 train --data good.jsonl --model "$model" --dir mine
wrong 4 train --data good.jsonl --model "$model" --dir t --learning-rate 0
wrong 4 train --data good.jsonl --model "$model" --dir t --learning-rate fast
wrong 4 train --data good.jsonl --dir t --model half
wrong 4 train --data good.jsonl --dir t --model cut
wrong 4 train --data good.jsonl --dir t --model nowhere
wrong 4 train --data good.jsonl --model "$model" --dir t --device cuda
wrong 2 train --data good.jsonl --model "$model" --dir t --devices 0,1 --workers 2
wrong 4 train --data good.jsonl --model "$model" --dir t --devices 0,0
wrong 4 train --data good.jsonl --model "$model" --dir t --devices 0,70
wrong 4 train --data good.jsonl --model "$model" --dir t --device cpu --devices 0,1,2,3,4,5
wrong 4 train --data good.jsonl --model "$model" --dir t --devices 0,1 \
  --simulated-card-bytes 2000000
wrong 2 train --data good.jsonl --model "$model" --dir t --device cuda \
  --simulated-card-bytes 2000000
wrong 4 train --data good.jsonl --model "$model" --dir t --port "$taken"
wrong 4 train --data good.jsonl --model "$model" --dir t --config typo.yaml
wrong 4 train --data good.jsonl --model "$model" --dir t --config missing.yaml
wrong 4 train --data good.jsonl --model "$model" --dir t --targets q_proj,nothing
wrong 4 train --data good.jsonl --model "$model" --dir t --start-from foreign
wrong 4 train --data good.jsonl --model "$model" --dir /proc/none
wrong 3 submit --bootstrap localhost:1 good.jsonl
wrong 4 submit --bootstrap "$broker" --new --no-wait missing.jsonl
wrong 2 submit --bootstrap "$broker" --date 30.11.2026 good.jsonl
wrong 3 submit --bootstrap "$broker" --kafka-config secured.properties --prefix nobody good.jsonl
wrong 4 watch --bootstrap "$broker" --prefix nobody
wrong 4 finish --bootstrap "$broker" --prefix nobody
wrong 4 pause --bootstrap "$broker" --prefix nobody
wrong 4 audit --bootstrap "$broker" --prefix nobody
wrong 4 export --bootstrap "$broker" --prefix nobody out
wrong 4 report --bootstrap "$broker" nobody
wrong 4 report mine
wrong 4 report --bootstrap "$broker" --out mine/thesis.txt nobody
wrong 4 report --bootstrap "$broker" --out /proc/none/r.html nobody
wrong 4 worker --bootstrap "$broker" --prefix nobody --model half
wrong 4 worker --bootstrap "$broker" --prefix nobody --device cuda
wrong 4 coordinator --bootstrap "$broker" --prefix new --port "$taken"
wrong 4 coordinator --bootstrap "$broker" --prefix "new run"
wrong 4 generate --adapter foreign --prompt hello
wrong 4 generate --model half --prompt hello
wrong 2 generate --prompt hello --temperature hot
wrong 4 evaluate --data missing.jsonl
wrong 4 merge --adapter foreign merged
wrong 4 merge --adapter half merged
wrong 4 model create mine
wrong 2 runs delete
wrong 4 broker --dir mine
wrong 4 broker --dir b --port "$taken"
wrong 4 doctor --libtorch half
echo "$count wrong uses" >&2
exit $failed
