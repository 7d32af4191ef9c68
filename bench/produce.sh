#!/usr/bin/env bash
# Builds this client, Confluent.Kafka's bench, the floor and the null broker, and measures producing, the clients in turn.
#
#   bench/produce.sh                    every row, five rounds, on every server: the better part of an hour
#   bench/produce.sh --rounds 3 --server null --rows "100 B fire"
#
# Servers: null (the null broker), discarding and storing (the embedded cluster). Prints Markdown: for each figure the median, the least and the most.
# Every row has an untimed twin on the verifying null broker; the exit code is 1 when one of them found an error. Without Confluent.Kafka on the feeds,
# HPK_CONFLUENT=false builds and measures this client alone.
set -euo pipefail
folder="$(cd "$(dirname "$0")" && pwd)"
broker="$("$folder/nullbroker/build.sh")"
for project in ../src/HighPerf.Kafka.Cli Floor; do
  dotnet build "$folder/$project" -c Release --nologo -v q >&2
done
dotnet build "$folder/HighPerf.Kafka.Comparison" -c Release --nologo -v q "-p:HpkConfluent=${HPK_CONFLUENT:-true}" >&2
exec dotnet "$folder/HighPerf.Kafka.Comparison/bin/Release/net10.0/comparison.dll" table --null-broker "$broker" \
  --hpk "$folder/../src/HighPerf.Kafka.Cli/bin/Release/net10.0/hpk.dll" --floor "$folder/Floor/bin/Release/net10.0/Floor.dll" "$@"
