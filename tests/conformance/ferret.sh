#!/usr/bin/env bash
# tests/conformance/ferret.sh BUILD_DIR: answers of real servers as the measure (FerretDataset). Starts signpostd of
# BUILD_DIR in userspace mode on loopback, imports the sample's zones and compares every answer: all sections, where a
# positive answer may leave out the zone's NS records and additional data. First with the answers on which the recorded servers
# agree, then, for every test, with those that any of them gave. Exit code 0 if all agree, 77 if the sample does not lie in
# ../shared/conformance beside the repository.
set -euo pipefail

root=$(dirname "$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")")
ferret=$root/../shared/conformance/ferret.py
build=${1:?usage: ferret.sh BUILD_DIR}
port=$((20000 + RANDOM % 10000))

if [[ ! -f $ferret ]]; then
  echo "conformance: not run, $ferret is not there"
  exit 77
fi

work=$(mktemp -d)
daemon=
stop() {
  [[ -z $daemon ]] || { kill "$daemon" && wait "$daemon"; } || true
  rm -rf "$work"
}
trap stop EXIT

signpost() { "$build/tools/signpost/signpost" --server "unix://$work/control.sock" "$@"; }

/usr/bin/python3 -B "$ferret" build "$work"
"$build/userspace/daemon/signpostd" --listen 127.0.0.1 --port "$port" --data "$work/data" \
  --control-socket "$work/control.sock" --http off 2>"$work/log" &
daemon=$!
for ((i = 0; i < 100; ++i)); do
  signpost status >/dev/null 2>&1 && break
  kill -0 "$daemon" || { cat "$work/log" >&2; exit 1; }
  sleep 0.1
done
signpost zone import "$work/zones" >"$work/import" || { tail -n 20 "$work/import" "$work/log" >&2; exit 1; }
/usr/bin/python3 -B "$ferret" run --server 127.0.0.1 --port "$port" --level 3 --minimal
/usr/bin/python3 -B "$ferret" run --server 127.0.0.1 --port "$port" --level 3 --minimal --all
