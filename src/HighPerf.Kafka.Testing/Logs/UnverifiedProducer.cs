namespace HighPerf.Kafka.Testing.Logs;

/// <summary>
/// A transactional producer whose first batch was seen but not appended yet: a later one must not begin in its place.
/// </summary>
/// <param name="ImplicitAdd">The producer adds partitions by writing to them (transactions v2), hence always begins with sequence number 0.</param>
internal readonly record struct UnverifiedProducer(short Epoch, int LowestSequence, bool ImplicitAdd);
