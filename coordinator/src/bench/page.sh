#!/bin/bash
# The page in a browser, against a run that really runs, with what happens to runs: a pause, a
# checkpoint and a rollback, another process on a (simulated) card, a cap, a worker that is drained,
# a worker and the coordinator that are killed, the end; then a second run behind tokens, which is
# compared with the first.
#     page.sh DIRECTORY
# Leaves screenshots and checks.json in DIRECTORY and fails when a check does. Needs node, npm and
# Debian's chromium, and skips without them.
#   JAVA            a java launcher
#   SAMPLES=1000    how many are submitted: the run must not end before the checks
set -eu
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
for program in node npm chromium; do
  command -v $program >/dev/null || { echo "page.sh: skipped, there is no $program here"; exit 0; }
done
export JAVA=${JAVA:-${JAVA_HOME:?a JDK}/bin/java} PLIMSOLL_HOME=${PLIMSOLL_HOME:-$here} OUT=$1
mkdir -p "$OUT/browser"
OUT=$(cd "$OUT" && pwd)
cp "$here"/coordinator/src/bench/page/* "$OUT/browser"
(cd "$OUT/browser" && npm ci --no-audit --no-fund --silent)
# shellcheck source=/dev/null
. "$here/gpu-worker/src/bench/fleet.sh"
trap 'pkill -P $$ || true' EXIT
start_broker "$OUT/broker"
CHROMIUM=$(command -v chromium)
export CHROMIUM
node "$OUT/browser/check.mjs"
