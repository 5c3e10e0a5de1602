# shellcheck shell=bash
# What the scripts of tools/ share; sourced, never run.

ROOT=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
readonly ROOT
# The output of the commands that run_quietly runs, of this run of this script alone.
LOG=$ROOT/build/log/${0##*/}.log
readonly LOG
mkdir -p "$(dirname "$LOG")"
: >"$LOG"

die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

need_root() {
  [[ $EUID -eq 0 ]] || die "must run as root: it installs packages, makes network namespaces and loads XDP programs"
}

# What a running build last said of its progress ("123/456"), or nothing.
ninja_progress() {
  tail -c 400 "$LOG" 2>/dev/null | tr '\r' '\n' | sed -n 's/^\[\([0-9]*\/[0-9]*\)\].*/\1/p' | tail -n 1
}

# attempt TITLE COMMAND…: runs COMMAND with its output in $LOG and shows one line with the time that it takes. On a
# terminal the line counts on; elsewhere it is repeated every 30 seconds. A failure prints the log's end and is returned. COMMAND must
# not rely on `set -e`: it is off here.
attempt() {
  local title=$1 start=$SECONDS pid status=0
  shift
  "$@" >>"$LOG" 2>&1 </dev/null &
  pid=$!
  show_progress "$title" "$start" "$pid"
  wait "$pid" || status=$?
  [[ ! -t 1 ]] || printf '\r\033[K'
  if [[ $status -eq 0 ]]; then
    printf '%s: %s s\n' "$title" "$((SECONDS - start))"
    return
  fi
  printf '%s: failed after %s s\n' "$title" "$((SECONDS - start))"
  tail -n 60 "$LOG" >&2
  printf 'The whole log is %s\n' "$LOG" >&2
  return "$status"
}

# run_quietly TITLE COMMAND…: as attempt, and ends the script on a failure.
run_quietly() { attempt "$@" || exit 1; }

show_progress() {
  local title=$1 start=$2 pid=$3 said=0 elapsed
  while kill -0 "$pid" 2>/dev/null; do
    elapsed=$((SECONDS - start))
    if [[ -t 1 ]]; then
      printf '\r\033[K%s … %s %s s' "$title" "$(ninja_progress)" "$elapsed"
    elif ((elapsed >= said + 30)); then
      printf '%s … %s %s s\n' "$title" "$(ninja_progress)" "$elapsed"
      said=$elapsed
    fi
    sleep 0.2
  done
}

# With paths relative to the tree, so that another clone of it finds the same objects; a precompiled header is taken for
# what it was made from.
use_ccache() {
  command -v ccache >/dev/null || return 0
  export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache
  export CCACHE_BASEDIR=$ROOT CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros
}

# build PRESET TARGET…: configures and builds below build/PRESET.
build() {
  local preset=$1
  shift
  use_ccache
  (cd "$ROOT" && cmake --preset "$preset" && cmake --build --preset "$preset" --target "$@")
}
