namespace HighPerf.Kafka.Connections;

/// <summary>
/// How one ApiVersions exchange ended: <see cref="Error"/> is null when the bytes could be read, then <see cref="Code"/> and <see cref="Table"/> count.
/// </summary>
internal readonly record struct NegotiationResult(ErrorCode Code, ApiVersionTable? Table, KafkaProtocolException? Error);
