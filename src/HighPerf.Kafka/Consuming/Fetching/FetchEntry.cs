namespace HighPerf.Kafka.Consuming.Fetching;

/// <summary>One partition of a Fetch request, as it was when the request was made.</summary>
internal readonly record struct FetchEntry(PartitionCursor Cursor, int Incarnation, long Offset, Guid TopicId);
