#!/usr/bin/env bash
# On a GPU machine with a Python package torch, without any variable of PyTorch's: the doctor, a
# worker's engine, and a worker in a demo find libtorch by themselves. Prints what each said and the
# exit codes; ends with 1 if one of them did not do its part.
#   JAVA, PLIMSOLL_HOME   as for fleet.sh; without them ./plimsoll of this tree is run
set -uo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
if [ -n "${PLIMSOLL_HOME:-}" ]; then
  # shellcheck source=fleet.sh
  . "$here/fleet.sh"
else
  plimsoll() { "$here/../../../plimsoll" "$@"; }
fi
unset PYTORCH_LIBRARY_PATH PYTORCH_VERSION PYTORCH_FLAVOR PYTORCH_LIBRARY_EXCLUSION
unset PYTORCH_CUDA_ALLOC_CONF PYTORCH_ALLOC_CONF CUDART LD_LIBRARY_PATH
place=$(mktemp -d)
touch "$place/begin"
export DJL_CACHE_DIR=$place/cache
failed=0

# The exit code that is expected, words that must be in the output, and the arguments.
expect() {
  local wanted=$1 words=$2 code=0; shift 2
  echo "== ${*}"
  plimsoll "$@" >"$place/out" 2>&1 || code=$?
  tail -n 40 "$place/out"
  echo "-- exit code $code"
  if [ "$code" != "$wanted" ] || ! grep -q -- "$words" "$place/out"; then
    echo "-- FAILED: exit code $wanted and the words '$words' were expected"
    failed=1
  fi
}

expect 0 "this machine can train on card 0" doctor
expect 0 '"device":"cuda"' doctor --json
expect 4 "there is no libtorch.so" doctor --libtorch /no/such
expect 0 "loaded on" bench engine 2x256 --shape small --device cuda --model "$place/small"
expect 4 "there is no libtorch.so" \
  bench engine 2x256 --shape small --device cuda --model "$place/small" --libtorch "$place"
CUDA_VISIBLE_DEVICES=-1 expect 4 "no usable CUDA device" \
  bench engine 2x256 --shape small --device cuda --model "$place/small"
expect 0 "held-out loss after" demo --workers 1 --steps 3 --device cuda --dir "$place/demo"
grep -h "computes on device" "$place"/demo/*/logs/*.log
grep -q "computes on device cuda" "$place"/demo/*/logs/worker-1.log || failed=1
torch=$(python3 -c 'import importlib.util as u; print(u.find_spec("torch").origin)')
find "$(dirname "$torch")/lib" -newer "$place/begin" -type f | sed 's/^/written into torch: /'
[ ! -e "$(dirname "$torch")/lib/libdjl_torch.so" ] \
  || echo "note: torch/lib has a libdjl_torch.so, so DJL did not unpack its own"
rm -r "$place"
exit "$failed"
