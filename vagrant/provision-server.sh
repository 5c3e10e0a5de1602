#!/usr/bin/env bash
# provision-server.sh PACKAGES ADDRESS: as root on a Debian 12 machine, installs Signpost from the .deb files in the folder
# PACKAGES, has it answer at ADDRESS, which an interface of the machine must have, and applies the example of a small shop.
# It may be run again; it writes over /etc/signpost/signpostd.toml.
set -euo pipefail

die() {
  printf 'provision-server.sh: %s\n' "$*" >&2
  exit 1
}

# The lists of packages of a new machine may be old, or missing.
install_packages() {
  apt-get --quiet --yes install "$@" || { apt-get --quiet update && apt-get --quiet --yes install "$@"; }
}

main() {
  [[ $# -eq 2 ]] || die "usage: provision-server.sh PACKAGES ADDRESS"
  local address=$2 interface packages
  export DEBIAN_FRONTEND=noninteractive
  interface=$(ip -oneline address show to "$address" | awk 'NR == 1 { print $2 }')
  [[ -n $interface ]] || die "no interface has the address $address"
  packages=("$(realpath "$1")"/{signpostd,signpost,signpost-doc}_*.deb)
  [[ -e ${packages[0]} ]] || die "no signpostd_*.deb in $1; build the packages first (CONTRIBUTING.md)"
  install_packages "${packages[@]}"
  cat >/etc/signpost/signpostd.toml <<END
interface = ["${interface%%@*}"]
listen = ["$address"]
END
  systemctl restart signpostd
  signpost apply -f /usr/share/doc/signpost-doc/examples/ecommerce --comment "The example"
  signpost status
}

main "$@"
