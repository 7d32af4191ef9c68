using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing.Fetching;

/// <summary>One partition of a fetch: what was asked, and the partition it means (null: there is none).</summary>
internal readonly record struct FetchSlot(FetchRequest.FetchPartition Asked, Partition? Partition, ErrorCode Unknown);
