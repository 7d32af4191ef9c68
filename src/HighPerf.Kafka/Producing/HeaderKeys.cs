namespace HighPerf.Kafka.Producing;

/// <summary>The one thing that can be wrong with a header: a struct that nobody filled in has no key.</summary>
internal static class HeaderKeys
{
    public static void Require(ReadOnlySpan<RecordHeader> headers, string topic)
    {
        foreach (RecordHeader header in headers)
        {
            if (header.Key is null)
            {
                throw new ArgumentException($"A header of a record for topic {topic} has no key (null). An empty one is allowed.", "record");
            }
        }
    }
}
