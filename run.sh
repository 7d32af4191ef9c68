#!/usr/bin/env bash
# Builds the project and shows that it works: starts the embedded broker, produces and consumes back two million
# records of 100 bytes over several partitions, checks every one and prints what it cost. Exit code 0 means all came back.
#
#   ./run.sh              the demonstration; what follows is passed to "hpk demo", see ./run.sh --help
set -euo pipefail
cd "$(dirname "$0")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1

if ! command -v dotnet >/dev/null 2>&1; then
  echo "run.sh: the .NET 10 SDK is missing: put dotnet on the PATH, see https://dotnet.microsoft.com/download/dotnet/10.0" >&2
  exit 1
fi

echo "building" >&2
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
if ! dotnet build src/HighPerf.Kafka.Cli/HighPerf.Kafka.Cli.csproj -c Release --nologo -v q >"$log" 2>&1; then
  cat "$log" >&2
  echo "run.sh: the build failed" >&2
  exit 1
fi

dotnet src/HighPerf.Kafka.Cli/bin/Release/net10.0/hpk.dll demo "$@"
