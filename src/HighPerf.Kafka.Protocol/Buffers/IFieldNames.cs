namespace HighPerf.Kafka.Protocol.Buffers;

/// <summary>Says for a <see cref="KafkaReader"/> that fails what it was reading.</summary>
internal interface IFieldNames
{
    /// <summary>The message, its version and the field, such as "FetchResponse v12 Responses.Partitions.Records".</summary>
    /// <param name="version">The version that was being read.</param>
    /// <param name="path">The places of the fields, a byte each, the innermost last; 0 before the first field.</param>
    string Describe(short version, ulong path);
}
