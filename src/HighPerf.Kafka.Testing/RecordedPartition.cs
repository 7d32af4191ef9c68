namespace HighPerf.Kafka.Testing;

/// <summary>A partition that a request or its answer names.</summary>
/// <param name="Topic">The topic's name; its id in url-safe base64 when the message has the id alone and there is no such topic any more.</param>
/// <param name="Partition">The number of the partition.</param>
/// <param name="Error">What the answer says of it; <see cref="ErrorCode.None"/> in a request.</param>
public readonly record struct RecordedPartition(string Topic, int Partition, ErrorCode Error)
{
    /// <summary>Such as orders-3, with the error behind it if there is one.</summary>
    public override string ToString() => Error == ErrorCode.None ? $"{Topic}-{Partition}" : $"{Topic}-{Partition}={Error}";
}
