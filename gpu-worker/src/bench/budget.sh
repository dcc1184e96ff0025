#!/bin/bash
# The longest sequence that trains beside a ballast that leaves BYTES of the card free, the CUDA
# context included: nf4, rank 32, everything recomputed, inputs of OFFLOADED layers (32, all) in
# host memory, attention by key-value head. NVML's figure above the ballast is polled meanwhile.
#
#     budget.sh BYTES LENGTH…    JAVA and CP from the environment; MODEL a directory of the 8b shape
here=$(dirname "$0")
bytes=$1
shift
python3 "$here/ballast.py" "$bytes" &
ballast=$!
trap 'kill $ballast $poll 2>/dev/null' EXIT
sleep 12
used() { nvidia-smi --query-gpu=memory.used --format=csv,noheader,nounits; }
before=$(used)
cases=()
for length in "$@"; do cases+=("1x$length/32/4096/1024/${OFFLOADED:-32}/8"); done
$JAVA -Xmx8g --enable-native-access=ALL-UNNAMED -cp "$CP" \
    dev.plimsoll.engine.bench.EngineBenchMain \
    --model "$MODEL" --shape 8b --precision nf4 --rank 32 --warm-up 0 --repeats 1 "${cases[@]}" &
engine=$!
(
    top=0
    while sleep 0.5; do
        now=$(used)
        ((now > top)) && top=$now
        host=$(awk '/VmHWM/ {print $2}' /proc/$engine/status 2>/dev/null) || break
        echo "process: $((top - before)) MiB by NVML, host peak $((host / 1024)) MiB" > /tmp/budget
    done
) &
poll=$!
wait $engine
cat /tmp/budget
