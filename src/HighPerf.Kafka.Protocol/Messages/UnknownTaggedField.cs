namespace HighPerf.Kafka.Protocol.Messages;

/// <summary>A tagged field as it was read: its number and its bytes.</summary>
internal readonly record struct UnknownTaggedField(uint Tag, byte[] Data);
