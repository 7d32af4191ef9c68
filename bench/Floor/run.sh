#!/usr/bin/env bash
# Builds the null broker and the floor programs and runs them. Arguments are passed on, see bench/Floor/run.sh --help
set -euo pipefail
folder="$(cd "$(dirname "$0")" && pwd)"
broker="$("$folder/../nullbroker/build.sh")"
dotnet build "$folder/Floor.csproj" -c Release --nologo -v q >&2
exec dotnet "$folder/bin/Release/net10.0/Floor.dll" --broker "$broker" "$@"
