#!/usr/bin/env bash
# Compiles the null broker once and prints the path of the program.
set -euo pipefail
source="$(cd "$(dirname "$0")" && pwd)/nullbroker.c"
cache="${HPK_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/highperf-kafka}"
program="$cache/nullbroker-$(sha256sum "$source" | cut -c1-16)"
if [ ! -x "$program" ]; then
  if ! command -v gcc >/dev/null 2>&1; then
    echo "nullbroker: gcc is missing" >&2
    exit 1
  fi
  mkdir -p "$cache"
  gcc -std=c17 -O2 -Wall -Wextra -pthread "$source" -o "$program.$$"
  mv "$program.$$" "$program"
fi
echo "$program"
