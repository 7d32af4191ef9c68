namespace HighPerf.Kafka.Testing.Fetching;

/// <summary>The partition that a fetch means: by the topic's name up to version 12 (the id is zero), by its id from version 13 on (the name is null).</summary>
internal readonly record struct FetchTarget(string? Topic, Guid TopicId, int Partition);
