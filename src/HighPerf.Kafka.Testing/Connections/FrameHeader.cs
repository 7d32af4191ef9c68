using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Testing.Connections;

/// <summary>
/// What stands before every request body. Header version 2 (flexible requests) adds tagged fields after the client id, which itself never becomes compact.
/// </summary>
internal readonly record struct FrameHeader(short ApiKey, short Version, int CorrelationId, string? ClientId)
{
    /// <summary>Key, version and correlation id: the part that every header version has.</summary>
    public const int FixedSize = 8;

    /// <summary>How many bytes it takes.</summary>
    public int Length { get; init; }

    /// <summary>Reads the client id and, for flexible requests, the tagged fields; the reader then stands on the body.</summary>
    /// <param name="knownClientId">That of the connection's request before.</param>
    public static FrameHeader Read(ref KafkaReader reader, bool flexible, string? knownClientId)
    {
        short apiKey = reader.ReadInt16();
        short version = reader.ReadInt16();
        int correlationId = reader.ReadInt32();
        string? clientId = reader.ReadNullableString(knownClientId);
        if (flexible)
        {
            TaggedFields.Skip(ref reader);
        }

        return new FrameHeader(apiKey, version, correlationId, clientId) { Length = reader.Position };
    }

    /// <summary>Reads only what every header version has.</summary>
    public static FrameHeader ReadFixed(ref KafkaReader reader) => new(reader.ReadInt16(), reader.ReadInt16(), reader.ReadInt32(), null);
}
