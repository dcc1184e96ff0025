#!/bin/bash
# One sequence of TOKENS (27,000) under all recompute, with the inputs of 0, 32, 8, 16 and 24 layers
# in host memory: the first time, when host memory is pinned before it, and two more times. Then the
# same where recomputed layers keep attention's output: twice as much host memory. A model of the 8b
# shape with random weights is made in MODEL if there is none. Then the same by an older tree, if
# OLD_CP is its class path: its first time has the pinning in the middle.
#
#     offload.sh [TOKENS]    JAVA and CP from the environment; MODEL a directory of the 8b shape
tokens=${1:-27000}
$JAVA -Xmx8g --enable-native-access=ALL-UNNAMED -cp "$CP" \
    dev.plimsoll.engine.bench.OffloadBenchMain \
    "$MODEL" 8b "${DEVICE:-cuda}" "${PRECISION:-bf16}" "$tokens" 3
[ -n "$OLD_CP" ] && $JAVA -Xmx8g --enable-native-access=ALL-UNNAMED -cp "$OLD_CP" \
    dev.plimsoll.engine.bench.EngineBenchMain \
    --model "$MODEL" --shape 8b --precision "${PRECISION:-bf16}" --warm-up 0 --repeats 1 \
    "1x512/recompute=all" "1x$tokens/recompute=all/tile=2048" \
    "1x$tokens/recompute=all/tile=2048/offload=all" "1x$tokens/recompute=all/tile=2048/offload=all"
