#!/usr/bin/env bash
# provision-client.sh SERVER: as root on a Debian 12 machine, installs dnsperf and dig, writes queries for the example of a
# small shop to /usr/local/share/signpost/queries.txt, and asks the server once.
set -euo pipefail

QUERIES=/usr/local/share/signpost/queries.txt

# The lists of packages of a new machine may be old, or missing.
install_packages() {
  apt-get --quiet --yes install "$@" || { apt-get --quiet update && apt-get --quiet --yes install "$@"; }
}

main() {
  [[ $# -eq 1 ]] || {
    echo "usage: provision-client.sh SERVER" >&2
    exit 2
  }
  export DEBIAN_FRONTEND=noninteractive
  install_packages dnsperf bind9-dnsutils
  mkdir -p "${QUERIES%/*}"
  cat >"$QUERIES" <<END
api.example.com A
api.example.com AAAA
failover.api.example.com A
www.example.com A
example.com MX
missing.example.com A
END
  dig +short +timeout=2 +tries=3 @"$1" www.example.com A
  echo "try: dnsperf -s $1 -d $QUERIES -l 10"
}

main "$@"
