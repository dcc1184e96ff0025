# The whole product on a machine with a GPU, for measurements: source it.
#   JAVA            a java launcher
#   PLIMSOLL_HOME   where coordinator/, gpu-worker/ and common/ lie, built
#   OUT             where logs and topics are left

plimsoll() {
  "$JAVA" -XX:+UseSerialGC \
    --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
    -Dplimsoll.home="$PLIMSOLL_HOME" -Dorg.slf4j.simpleLogger.defaultLogLevel=off \
    -cp "$PLIMSOLL_HOME/common/cli/target/classes:$PLIMSOLL_HOME/common/cli/target/lib/*" \
    dev.plimsoll.cli.Plimsoll "$@"
}

# start_broker DIRECTORY: sets KAFKA_BOOTSTRAP_SERVERS; the broker ends with this shell
start_broker() {
  mkdir -p "$1"
  sleep 100000 | "$JAVA" -Xmx512m -XX:+UseSerialGC \
    -Dorg.slf4j.simpleLogger.defaultLogLevel=warn --sun-misc-unsafe-memory-access=allow \
    -cp "$PLIMSOLL_HOME/common/cli/target/classes:$PLIMSOLL_HOME/common/cli/target/lib/*" \
    dev.plimsoll.embedded.EmbeddedBrokerMain --dir "$1" >"$OUT/broker.log" 2>&1 &
  local broker=$!
  until grep -q "^READY" "$OUT/broker.log"; do
    kill -0 "$broker" || { tail -n 20 "$OUT/broker.log" >&2; return 1; }
    sleep 0.1
  done
  KAFKA_BOOTSTRAP_SERVERS=$(sed -n 's/^READY //p' "$OUT/broker.log")
  export KAFKA_BOOTSTRAP_SERVERS
}

now() { date +%s%3N; }

# descendants PID: every process below it
descendants() {
  local child
  for child in $(pgrep -P "$1"); do
    descendants "$child"
    echo "$child"
  done
}

# leave PREFIX: what the topics hold, for the figures
leave() {
  local topic
  for topic in steps journal telemetry; do
    plimsoll tail $topic --prefix "$1" --once >"$OUT/$1-$topic.jsonl"
  done
  plimsoll audit --prefix "$1"
}
