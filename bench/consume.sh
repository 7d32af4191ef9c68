#!/usr/bin/env bash
# Builds this client, Confluent.Kafka's bench, the floor and the null broker, and measures consuming and the way end to end, the clients in turn.
#
#   bench/consume.sh                    every row, five rounds, on both servers: the better part of an hour
#   bench/consume.sh --rounds 3 --server null --rows "100 B batch"
#
# Servers: null (the null broker, which answers fetches with prebuilt batches) and storing (the embedded cluster, filled beforehand). Prints Markdown: for
# each figure the median, the least and the most. Every client reads one topic to its end in every mode, and the checksums over all keys and values must be
# the same; the exit code is 1 when they are not, or when a run failed. Without Confluent.Kafka on the feeds, HPK_CONFLUENT=false builds this client alone.
set -euo pipefail
folder="$(cd "$(dirname "$0")" && pwd)"
broker="$("$folder/nullbroker/build.sh")"
for project in ../src/HighPerf.Kafka.Cli Floor; do
  dotnet build "$folder/$project" -c Release --nologo -v q >&2
done
dotnet build "$folder/HighPerf.Kafka.Comparison" -c Release --nologo -v q "-p:HpkConfluent=${HPK_CONFLUENT:-true}" >&2
exec dotnet "$folder/HighPerf.Kafka.Comparison/bin/Release/net10.0/comparison.dll" consume-table --null-broker "$broker" \
  --hpk "$folder/../src/HighPerf.Kafka.Cli/bin/Release/net10.0/hpk.dll" --floor "$folder/Floor/bin/Release/net10.0/Floor.dll" "$@"
