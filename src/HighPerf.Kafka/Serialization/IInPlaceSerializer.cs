namespace HighPerf.Kafka.Serialization;

/// <summary>
/// Marks the serialisers that may write into an open batch while it is held: they are quick, never throw once they have given a size, and call nobody.
/// </summary>
internal interface IInPlaceSerializer;
