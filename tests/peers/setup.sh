#!/usr/bin/env bash
# Sets up the peers of the interop tests: kcat, python3-kafka, the zstd and lz4 tools, and librdkafka built from source.
#
#   tests/peers/setup.sh        prints NAME=VALUE lines for the environment of the tests on stdout, what it does on stderr
#
# Runs again at no cost: what is there is not fetched again. What cannot be had is named, and the exit code is still 0;
# with HPK_REQUIRE_PEERS=1 it is 1. HPK_NO_INSTALL=1 forbids to install packages or to fetch anything.
set -uo pipefail

version=2.15.1
package=@confluentinc/kafka-javascript
package_version=1.10.1
package_sha256=ada7d703bb1d3237e2292bfabf438d663b6160c9f1ac2a2406b5dc4257c81b66
cache="${HPK_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/highperf-kafka}"
library="$cache/librdkafka-$version/librdkafka.so.1"
missing=()

say() { printf 'peers: %s\n' "$*" >&2; }
have() { command -v "$1" >/dev/null 2>&1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

may_install() {
  [ "${HPK_NO_INSTALL:-0}" != 1 ] && have apt-get && { [ "$(id -u)" = 0 ] || { have sudo && sudo -n true 2>/dev/null; }; }
}

python_has() { [ -x /usr/bin/python3 ] && /usr/bin/python3 -c "import $1" 2>/dev/null; }

header_is_there() { [ -r "/usr/include/$1" ] || ls /usr/include/*/"$1" >/dev/null 2>&1; }

# The packages that are missing, one name per line.
wanted_packages() {
  have kcat || echo kcat
  python_has kafka || echo python3-kafka
  python_has snappy || echo python3-snappy
  python_has lz4.frame || echo python3-lz4
  python_has zstandard || echo python3-zstandard
  have zstd || echo zstd
  have lz4 || echo lz4
  have gcc || echo gcc
  [ -r /usr/include/stdio.h ] || echo libc6-dev
  if [ ! -e "$library" ]; then
    have make || echo make
    have g++ || echo g++
    have npm || have curl || echo curl
    header_is_there zlib.h || echo zlib1g-dev
    header_is_there zstd.h || echo libzstd-dev
  fi
}

install_packages() {
  local wanted
  wanted="$(wanted_packages | tr '\n' ' ')"
  [ -n "$wanted" ] || return 0
  if ! may_install; then
    say "not allowed to install: $wanted"
    return 0
  fi
  say "installing $wanted"
  local log="$cache/apt.log"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q >"$log" 2>&1 || say "apt-get update failed, trying with the lists there are"
  # shellcheck disable=SC2086
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $wanted >>"$log" 2>&1 && return 0
  # One package that cannot be had must not keep the others away.
  local name
  for name in $wanted; do
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$name" >>"$log" 2>&1 ||
      say "apt-get could not install $name (see $log)"
  done
}

# Fetches the npm package that carries librdkafka's source into the folder $1 as package.tgz, and checks its hash.
fetch_source() {
  local url="https://registry.npmjs.org/$package/-/${package##*/}-$package_version.tgz"
  if have npm && (cd "$1" && npm pack --silent "$package@$package_version" >/dev/null && mv ./*.tgz package.tgz); then
    :
  elif ! have curl || ! curl -fsSL --retry 2 -o "$1/package.tgz" "$url"; then
    echo "neither npm nor curl could fetch $url"
    return 1
  fi
  if ! echo "$package_sha256  $1/package.tgz" | sha256sum --check --status; then
    echo "$package $package_version has not the expected SHA-256"
    return 1
  fi
}

# Builds in a folder of its own and moves the result into place, so that half a build is never taken for a whole one.
build_librdkafka() {
  local work status
  work="$(mktemp -d "$cache/build.XXXXXX")" || return 1
  say "building librdkafka $version (once, about a minute) into ${library%/*}"
  (
    set -e
    fetch_source "$work"
    tar -xzf "$work/package.tgz" -C "$work" package/deps/librdkafka
    cd "$work/package/deps/librdkafka"
    ./configure --disable-ssl --disable-gssapi --disable-curl --disable-lz4-ext --disable-debug-symbols --enable-zlib --enable-zstd
    make -j"$(nproc)" -C src librdkafka.so.1
    mkdir -p "${library%/*}"
    cp src/librdkafka.so.1 "$library.new"
    mv "$library.new" "$library"
  ) >"$cache/librdkafka.log" 2>&1
  status=$?
  rm -rf "$work"
  [ $status = 0 ] || say "building librdkafka failed, see $cache/librdkafka.log: $(tail -n 1 "$cache/librdkafka.log")"
  return $status
}

system_librdkafka() {
  local path
  for path in /usr/lib/*/librdkafka.so.1 /usr/lib/librdkafka.so.1 /usr/local/lib/librdkafka.so.1; do
    [ -e "$path" ] && { echo "$path"; return 0; }
  done
  return 1
}

find_librdkafka() {
  if [ -n "${HPK_LIBRDKAFKA:-}" ] && [ -e "$HPK_LIBRDKAFKA" ]; then
    echo "HPK_LIBRDKAFKA=$HPK_LIBRDKAFKA"
    return
  fi
  if [ ! -e "$library" ] && [ "${HPK_NO_INSTALL:-0}" != 1 ]; then
    build_librdkafka
  fi
  if [ -e "$library" ]; then
    echo "HPK_LIBRDKAFKA=$library"
  elif path="$(system_librdkafka)"; then
    say "librdkafka $version cannot be had, using the system's $path"
    echo "HPK_LIBRDKAFKA=$path"
  else
    missing+=(librdkafka)
  fi
}

mkdir -p "$cache" || exit 1
# Two runs at once on one machine must not build in each other's way.
exec 9>"$cache/lock"
if have flock; then flock 9; fi

install_packages
find_librdkafka
have kcat || missing+=(kcat)
python_has kafka || missing+=(python3-kafka)
have zstd || missing+=(zstd)
have lz4 || missing+=(lz4)

if [ ${#missing[@]} -gt 0 ]; then
  say "missing: ${missing[*]}"
  if [ "${HPK_REQUIRE_PEERS:-0}" = 1 ]; then
    exit 1
  fi
  say "the tests that need them are skipped"
fi
exit 0
