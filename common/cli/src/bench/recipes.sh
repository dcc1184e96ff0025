#!/bin/bash
# Reads a run's topics with tools that know nothing of Plimsoll, and prints what each of them said:
# the recipes of docs/MONITORING.md. Ends with 1 when one of them said nothing.
#
#     recipes.sh DIRECTORY JARS [PREFIX]
#
# DIRECTORY is that of a finished `plimsoll train` or `plimsoll demo --keep`. JARS is a directory
# with the jars of org.apache.kafka:kafka-tools, connect-runtime and connect-file, and their own
# (mvn dependency:copy-dependencies); Kafka's distribution has them as libs. It needs kcat too.
set -uo pipefail
home=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../../../..")
directory=$1
jars=$2
prefix=${3:-plimsoll}
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT
failed=0

"$home/plimsoll" broker --dir "$directory" --port 0 >"$work/broker.out" 2>&1 &
until grep -q localhost "$work/broker.out"; do sleep 0.2; done
broker=$(grep -o 'localhost:[0-9]*' "$work/broker.out" | head -1)

# said TITLE FILE LINES: the first lines of what was said, none of them very long
said() {
  echo "## $1"
  head -n "$3" "$2" | cut -c1-700 | sed "s#$broker#localhost:9092#g; s#$work#.#g"
  echo
  [ -s "$2" ] || { echo "nothing was said: $1" >&2; failed=1; }
}

committed="-X isolation.level=read_committed"
kcat -q -b "$broker" $committed -C -e -t $prefix.steps -o beginning >"$work/steps"
said "kcat, steps" "$work/steps" 2
kcat -q -b "$broker" $committed -C -e -t $prefix.journal -o beginning -f '%T %h\n' \
  >"$work/headers"
said "kcat, headers of the journal" "$work/headers" 2
kcat -q -b "$broker" $committed -C -e -t $prefix.journal -o beginning -f '%s\n' \
  | sed -n 's/^{"type":"\([A-Za-z]*\)".*/\1/p' | sort | uniq -c | sort -rn >"$work/facts"
said "kcat, facts of the journal" "$work/facts" 12

kafka=(java -cp "$jars/*" -Dorg.slf4j.simpleLogger.defaultLogLevel=error)
"${kafka[@]}" org.apache.kafka.tools.consumer.ConsoleConsumer --bootstrap-server "$broker" \
  --topic $prefix.steps --from-beginning --isolation-level read_committed --timeout-ms 10000 \
  --property print.timestamp=true --property print.key=true >"$work/console" 2>"$work/err"
said "Kafka's console consumer, steps" "$work/console" 2

cat >"$work/worker.properties" <<END
bootstrap.servers=$broker
key.converter=org.apache.kafka.connect.storage.StringConverter
value.converter=org.apache.kafka.connect.storage.StringConverter
consumer.isolation.level=read_committed
offset.storage.file.filename=$work/offsets
offset.flush.interval.ms=1000
plugin.discovery=service_load
listeners=http://localhost:${CONNECT_PORT:-18083}
END
cat >"$work/sink.properties" <<END
name=plimsoll-steps-$$
connector.class=FileStreamSink
topics=$prefix.steps
file=$work/steps.jsonl
END
"${kafka[@]}" org.apache.kafka.connect.cli.ConnectStandalone "$work/worker.properties" \
  "$work/sink.properties" >"$work/connect" 2>&1 &
connect=$!
for _ in $(seq 600); do
  [ -s "$work/steps.jsonl" ] || ! kill -0 $connect 2>/dev/null && break
  sleep 0.5
done
kill $connect
touch "$work/steps.jsonl"
said "Kafka Connect's file sink, steps" "$work/steps.jsonl" 2
exit $failed
