using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Protocol.Messages;

/// <summary>
/// What members of a classic consumer group tell each other through JoinGroup and SyncGroup: a version (int16), then the message in that version. A
/// member reads a version newer than
/// it knows as the newest it knows, and leaves what follows alone, so that members of different age can share a group.
/// </summary>
internal static class GroupMetadata
{
    private const int PrefixSize = 2;

    /// <exception cref="KafkaProtocolException">The bytes are not a subscription.</exception>
    public static ConsumerProtocolSubscription ReadSubscription(ReadOnlySpan<byte> metadata) => Read<ConsumerProtocolSubscription>(metadata);

    /// <summary>An empty assignment may come without any byte: the member gets nothing.</summary>
    /// <exception cref="KafkaProtocolException">The bytes are not an assignment.</exception>
    public static ConsumerProtocolAssignment ReadAssignment(ReadOnlySpan<byte> assignment) =>
        assignment.IsEmpty ? new ConsumerProtocolAssignment() : Read<ConsumerProtocolAssignment>(assignment);

    /// <summary>The bytes for JoinGroup or SyncGroup.</summary>
    public static byte[] Write<T>(T message, short version)
        where T : class, IKafkaMessage<T>
    {
        byte[] bytes = new byte[PrefixSize + message.GetSize(version)];
        KafkaWriter writer = new(bytes);
        writer.WriteInt16(version);
        message.Write(ref writer, version);
        return bytes;
    }

    private static T Read<T>(ReadOnlySpan<byte> bytes)
        where T : class, IKafkaMessage<T>
    {
        KafkaReader reader = new(bytes);
        short version = reader.ReadInt16();
        if (version < T.MinVersion)
        {
            throw new KafkaProtocolException($"{T.Name} has version {version}; versions begin at {T.MinVersion}.");
        }

        return T.Read(ref reader, Math.Min(version, T.MaxVersion));
    }
}
