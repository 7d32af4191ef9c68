using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Protocol.Messages;

/// <summary>A message type as a value, for code that works with any of them: tools, brokers, tests. Immutable.</summary>
internal abstract class MessageDescriptor : IFieldNames
{
    protected MessageDescriptor(MessageKind kind, ApiKey? apiKey, short? flexibleFrom, bool isLatestVersionUnstable)
    {
        Kind = kind;
        ApiKey = apiKey;
        FlexibleFrom = flexibleFrom;
        IsLatestVersionUnstable = isLatestVersionUnstable;
    }

    public MessageKind Kind { get; }

    /// <summary>The API of a request or response; null for the others.</summary>
    public ApiKey? ApiKey { get; }

    /// <summary>The first version with compact types and tagged fields; null when there is none.</summary>
    public short? FlexibleFrom { get; }

    /// <summary>Whether the newest version may still change; a broker does not offer it.</summary>
    public bool IsLatestVersionUnstable { get; }

    /// <summary>The name of the message, such as FetchRequest.</summary>
    public abstract string Name { get; }

    public abstract short MinVersion { get; }

    public abstract short MaxVersion { get; }

    public bool IsFlexible(short version) => version >= FlexibleFrom;

    public bool HasVersion(short version) => version >= MinVersion && version <= MaxVersion;

    /// <summary>The version of the header in front of this body. Null for what has none in front of it.</summary>
    public short? HeaderVersion(short version) => Kind switch
    {
        MessageKind.Request => IsFlexible(version) ? (short)2 : (short)1,
        // A client must be able to read the answer to the first question it asks before it knows what the broker speaks (KIP-511).
        MessageKind.Response => IsFlexible(version) && ApiKey != HighPerf.Kafka.ApiKey.ApiVersions ? (short)1 : (short)0,
        _ => null,
    };

    /// <summary>A new message with every field at its default.</summary>
    public abstract IKafkaMessage Create();

    /// <summary>Reads a body; bytes may be left over in the reader afterwards.</summary>
    public abstract IKafkaMessage Read(ref KafkaReader reader, short version);

    /// <inheritdoc/>
    public string Describe(short version, ulong path)
    {
        int depth = 0;
        while (depth < 7 && path >> (8 * (depth + 1)) != 0)
        {
            depth++;
        }

        return path == 0 ? $"{Name} v{version}" : $"{Name} v{version} {DescribeField(path, depth)}";
    }

    public override string ToString() => Name;

    protected abstract string DescribeField(ulong path, int depth);
}
