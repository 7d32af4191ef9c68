namespace HighPerf.Kafka;

/// <summary>A handler of <see cref="KafkaConsumer{TKey, TValue}.RunAsync"/> threw. The inner exception is what it threw.</summary>
public sealed class KafkaProcessingException : KafkaException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="record">Where the record stands that was not processed.</param>
    /// <param name="innerException">What the handler threw.</param>
    public KafkaProcessingException(TopicPartitionOffset record, Exception innerException)
        : base(
            $"The handler failed for {record.Topic}-{record.Partition}@{record.Offset}: {innerException.Message} "
            + "Its lane has stopped, and nothing is committed past the record: whoever owns the partition next reads it again.",
            innerException) => Record = record;

    /// <summary>Where the record stands that was not processed.</summary>
    public TopicPartitionOffset Record { get; }
}
