#!/usr/bin/env bash
# Sets up what the tests need, builds everything, runs every test.
#
#   ./test.sh                 all tests
#   ./test.sh --long          with the long fuzz runs, at least a minute for each decoder and decompressor
#   ./test.sh Protocol        only the test projects whose name contains "Protocol"
#   ./test.sh --filter EXPR   only the tests that match, as in "dotnet test --filter"
#
# HPK_REQUIRE_PEERS=1   a missing peer (kcat, python3-kafka, librdkafka, zstd, lz4) is a failure instead of a skip
# HPK_NO_INSTALL=1      install nothing, fetch nothing
#
# The last line reads "tests: N passed, N failed, N skipped"; the exit code is 0 only when nothing failed.
set -uo pipefail
cd "$(dirname "$0")" || exit 1

filter=""
only=""
while [ $# -gt 0 ]; do
  case "$1" in
    --long) export HPK_LONG=1 ;;
    --filter) shift; filter="${1:?--filter needs an expression}" ;;
    -h|--help) sed -n '2,12s/^# \{0,1\}//p' "$0"; exit 0 ;;
    -*) echo "test.sh: unknown option $1, see ./test.sh --help" >&2; exit 2 ;;
    *) only="$1" ;;
  esac
  shift
done

passed=0
failed=0
skipped=0
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
results="$(mktemp -d)"
trap 'rm -rf "$results"' EXIT

finish() {
  echo "tests: $passed passed, $failed failed, $skipped skipped"
  [ "$failed" = 0 ]
  exit
}

give_up() {
  echo "test.sh: $1" >&2
  failed=$((failed + 1))
  finish
}

# The value of attribute $2 in the <Counters> of the result file $1.
counter() {
  grep -o '<Counters [^>]*>' "$1" | grep -o " $2=\"[0-9]*\"" | grep -o '[0-9]*'
}

# The names of the skipped tests of the result file $1, each with its reason.
print_skipped() {
  awk '
    function text(line) { gsub(/<[^>]*>/, "", line); gsub(/&quot;/, "\"", line); gsub(/&gt;/, ">", line); gsub(/&lt;/, "<", line)
                          gsub(/&apos;/, "\047", line); gsub(/&#xA;|&#xD;/, " ", line); gsub(/&amp;/, "\\&", line); return line }
    /<UnitTestResult / { skipped = /outcome="NotExecuted"/; match($0, /testName="[^"]*"/)
                         name = text(substr($0, RSTART + 10, RLENGTH - 11)); reason = "" }
    skipped && /<(Message|StdOut)>/ && reason == "" { reason = text($0); sub(/^ */, "", reason) }
    skipped && (/<\/UnitTestResult>/ || /<UnitTestResult .*\/>/) { print "  skipped: " name ": " (reason == "" ? "no reason given" : reason); skipped = 0 }
  ' "$1"
}

run_project() {
  local name="$1" assembly="$2" log="$results/$1.log" trx="$results/$1.trx" started=$SECONDS status p f s
  printf '%-44s ' "$name"
  local arguments=(test "$assembly" --logger "trx;LogFileName=$trx" --results-directory "$results" --nologo
                   --blame-hang-timeout 10min --blame-hang-dump-type none)
  [ -z "$filter" ] || arguments+=(--filter "$filter")
  # The long fuzz runs take minutes for each of many decoders.
  local limit=1200
  [ "${HPK_LONG:-0}" != 1 ] || limit=21600
  timeout --kill-after=30 "${HPK_TEST_TIMEOUT:-$limit}" dotnet "${arguments[@]}" >"$log" 2>&1
  status=$?
  if [ ! -s "$trx" ]; then
    if [ -n "$filter" ] && [ $status = 0 ]; then
      echo "nothing matches the filter"
      return
    fi
    failed=$((failed + 1))
    echo "gave no result (exit code $status)"
    tail -n 60 "$log"
    return
  fi
  p="$(counter "$trx" passed)"
  f="$(counter "$trx" failed)"
  s=$(($(counter "$trx" total) - $(counter "$trx" executed)))
  # A crashed host leaves counters that look well; its exit code does not.
  if [ $status != 0 ] && [ "$f" = 0 ]; then
    f=1
    echo "ended with exit code $status"
    tail -n 60 "$log"
  elif [ "$f" != 0 ]; then
    echo "$p passed, $f failed, $s skipped, $((SECONDS - started)) s"
    cat "$log"
  else
    echo "$p passed, $s skipped, $((SECONDS - started)) s"
  fi
  print_skipped "$trx"
  passed=$((passed + p))
  failed=$((failed + f))
  skipped=$((skipped + s))
}

command -v dotnet >/dev/null 2>&1 ||
  give_up "the .NET 10 SDK is missing: put dotnet on the PATH, see https://dotnet.microsoft.com/download/dotnet/10.0"

echo "setting up the peers"
settings="$(tests/peers/setup.sh)" || give_up "a peer is missing and HPK_REQUIRE_PEERS is set"
while IFS= read -r setting; do
  [ -z "$setting" ] || export "${setting?}"
done <<<"$settings"

echo "building"
dotnet build HighPerf.sln -c Release --nologo -v q >"$results/build.log" 2>&1 || {
  cat "$results/build.log"
  give_up "the build failed"
}

ran=0
for project in tests/*/*.csproj; do
  name="$(basename "$project" .csproj)"
  case "$name" in *"$only"*) ;; *) continue ;; esac
  ran=1
  run_project "$name" "tests/$name/bin/Release/net10.0/$name.dll"
done
[ $ran = 1 ] || give_up "no test project is called like \"$only\""
finish
