#!/usr/bin/env bash
# Trains a small run with the images that `mvn -Pimages` built: a broker, a coordinator, two workers
# and the command line, each unpacked and run by contained.sh, as a cluster would run it.
#     fleet.sh [IMAGES [WORK]]
# IMAGES is k8s/target/images by default, WORK a new directory. Needs root. Prints the images'
# sizes, what the contained processes may do, and the audit; exit status 0 means that it was clean.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
images=$(readlink -f "${1:-$here/../../target/images}")
work=${2:-$(mktemp -d)}
samples=64
children=()
finish() {
  local child
  for child in ${children[@]+"${children[@]}"}; do kill -9 "$child" 2>/dev/null || true; done
  wait || true
}
trap finish EXIT

for image in cli coordinator worker-cpu; do
  mkdir -p "$work/$image"
  python3 "$here/unpack.py" "$images/$image.tar" "$work/$image" >"$work/$image.json"
  mkdir -p "$work/$image/data" "$work/$image/cache"
  echo "$image: archive $(du -h "$images/$image.tar" | cut -f1), unpacked" \
    "$(du -sh "$work/$image" | cut -f1), user $(python3 -c \
    'import json, sys; print(json.load(open(sys.argv[1]))["user"])' "$work/$image.json")"
done
mkdir -p "$work/data/broker" "$work/data/worker-1" "$work/data/worker-2" "$work/data/cli"
chown -R 10001:10001 "$work/data"
# a standard input that never ends
mkfifo "$work/never"
exec 8<>"$work/never"

# Becomes the image $1 with the variables NAME=VALUE… and mounts FROM:TO… before --, then a program
# or, if it is @, the image's own entrypoint.
start() {
  local image=$1 variables=() mounts=() program=() line; shift
  while [ "$1" != -- ]; do
    case "$1" in /*:/*) mounts+=(--mount "$1") ;; *) variables+=("$1") ;; esac
    shift
  done
  shift
  while IFS= read -r line; do variables=("$line" "${variables[@]}"); done < <(python3 -c \
    'import json, sys; print("\n".join(json.load(open(sys.argv[1]))["environment"]))' \
    "$work/$image.json")
  if [ "$1" = @ ]; then
    shift
    while IFS= read -r line; do program+=("$line"); done < <(python3 -c \
      'import json, sys; print("\n".join(json.load(open(sys.argv[1]))["entrypoint"]))' \
      "$work/$image.json")
  fi
  exec env -i "${variables[@]}" "$here/contained.sh" "$work/$image" ${mounts[@]+"${mounts[@]}"} -- \
    ${program[@]+"${program[@]}"} "$@"
}

# Waits until the command succeeds, for five minutes at most.
await() {
  local tries
  for tries in $(seq 300); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 1
  done
  echo "fleet.sh: waited in vain for: $*; logs are in $work" >&2
  exit 1
}

broker=KAFKA_BOOTSTRAP_SERVERS=localhost:19092
model=PLIMSOLL_MODEL=/opt/plimsoll/common/model/tiny-llama
(start cli -- bash -c 'id; grep -E "^(Cap|NoNewPrivs|Seccomp)" /proc/self/status
  if touch /opt/plimsoll/x 2>/dev/null; then echo "the root can be written"; exit 1; fi
  echo "the root cannot be written"')
start cli "$work/data/broker:/data" -- /opt/plimsoll/runtime/bin/java -Xmx512m \
  -XX:+UseSerialGC --sun-misc-unsafe-memory-access=allow \
  -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
  -cp '/opt/plimsoll/common/cli/target/classes:/opt/plimsoll/common/cli/target/lib/*' \
  dev.plimsoll.embedded.EmbeddedBrokerMain --dir /data/broker --host localhost --port 19092 \
  <&8 >"$work/broker.log" 2>&1 &
children+=($!)
await grep -q READY "$work/broker.log"
start coordinator "$broker" "$model" PLIMSOLL_SAMPLES_PER_STEP=8 -- \
  @ --port 18080 <&8 >"$work/coordinator.log" 2>&1 &
children+=($!)
await curl -fs http://localhost:18080/q/health/ready
for number in 1 2; do
  start worker-cpu "$broker" "$model" PLIMSOLL_DEVICE=cpu PLIMSOLL_THREADS=1 \
    "PLIMSOLL_WORKER_ID=worker-$number" "PLIMSOLL_HEALTH_PORT=1808$number" DJL_CACHE_DIR=/cache \
    "$work/data/worker-$number:/cache" -- @ <&8 \
    >"$work/worker-$number.log" 2>&1 &
  children+=($!)
done
await curl -fs http://localhost:18081/health/ready
await curl -fs http://localhost:18082/health/ready
for line in $(seq "$samples"); do
  echo "{\"prompt\": \"How many are $line and $line?\", \"completion\": \"$((2 * line)).\"}"
done | curl -fsS --data-binary @- -H 'Content-Type: application/x-ndjson' \
  http://localhost:18080/samples >/dev/null
curl -fsS http://localhost:18080/api/autoscaling
echo
curl -fsS -X POST http://localhost:18080/api/control/finish
await bash -c 'curl -fs http://localhost:18080/api/run | grep -q "\"finished\":true"'
(start cli "$broker" -- @ audit)
(start cli "$broker" "$work/data/cli:/data" -- @ export /data/adapter)
ls "$work/data/cli/adapter"
