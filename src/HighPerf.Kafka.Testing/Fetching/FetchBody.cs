using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing.Fetching;

/// <summary>
/// A Fetch request, read without an object for each partition. The whole body is read before anything is applied, so that a body which is malformed at its end
/// changes no session. Reused; owner: the cluster's loop.
/// </summary>
internal sealed class FetchBody
{
    private const short FirstLogStartVersion = 5;
    private const short FirstSessionVersion = 7;
    private const short FirstLeaderEpochVersion = 9;
    private const short FirstRackVersion = 11;
    private const short FirstLastFetchedEpochVersion = 12;
    private const short FirstTopicIdVersion = 13;
    private const short FirstReplicaStateVersion = 15;
    private const uint ReplicaStateTag = 1;

    /// <summary>Of a consumer; a replica has the id of its broker.</summary>
    private const int NoReplica = -1;

    private readonly TopicRegistry _topics;

    public FetchBody(TopicRegistry topics) => _topics = topics;

    public int ReplicaId { get; private set; }

    public int MaxWaitMs { get; private set; }

    public int MinBytes { get; private set; }

    public int MaxBytes { get; private set; }

    public bool ReadCommitted { get; private set; }

    public int SessionId { get; private set; }

    public int SessionEpoch { get; private set; }

    public string RackId { get; private set; } = "";

    public List<FetchAsk> Asks { get; } = [];

    public List<FetchTarget> Forgotten { get; } = [];

    /// <exception cref="KafkaProtocolException">The body is malformed.</exception>
    public void Read(ReadOnlySpan<byte> body, short version)
    {
        Asks.Clear();
        Forgotten.Clear();
        bool flexible = FetchRequest.IsFlexible(version);
        KafkaReader reader = new(body);
        ReplicaId = version < FirstReplicaStateVersion ? reader.ReadInt32() : NoReplica;
        MaxWaitMs = reader.ReadInt32();
        MinBytes = reader.ReadInt32();
        MaxBytes = reader.ReadInt32();
        ReadCommitted = reader.ReadInt8() == 1;
        SessionId = version >= FirstSessionVersion ? reader.ReadInt32() : 0;
        SessionEpoch = version >= FirstSessionVersion ? reader.ReadInt32() : FetchSession.NoSession;
        for (int left = ReadCount(ref reader, flexible, "topics"); left > 0; left--)
        {
            ReadTopic(ref reader, version, flexible);
        }

        for (int left = version >= FirstSessionVersion ? ReadCount(ref reader, flexible, "forgotten topics") : 0; left > 0; left--)
        {
            ReadForgotten(ref reader, version, flexible);
        }

        RackId = version >= FirstRackVersion ? reader.ReadString(flexible) : "";
        if (flexible)
        {
            ReadTags(ref reader, version);
        }
    }

    private static int ReadCount(ref KafkaReader reader, bool flexible, string what)
    {
        int count = reader.ReadArrayLength(1, flexible);
        return count >= 0 ? count : throw new KafkaProtocolException($"The array of {what} is null.");
    }

    private void ReadTopic(ref KafkaReader reader, short version, bool flexible)
    {
        FetchTarget target = ReadTopicOf(ref reader, version, flexible);
        for (int left = ReadCount(ref reader, flexible, "partitions"); left > 0; left--)
        {
            int partition = reader.ReadInt32();
            int leaderEpoch = version >= FirstLeaderEpochVersion ? reader.ReadInt32() : -1;
            long offset = reader.ReadInt64();
            int lastFetchedEpoch = version >= FirstLastFetchedEpochVersion ? reader.ReadInt32() : -1;
            if (version >= FirstLogStartVersion)
            {
                // A follower's log start; this cluster's followers do not fetch by requests.
                reader.ReadInt64();
            }

            Asks.Add(new FetchAsk(target with { Partition = partition }, offset, reader.ReadInt32(), leaderEpoch, lastFetchedEpoch));
            SkipTags(ref reader, flexible);
        }

        SkipTags(ref reader, flexible);
    }

    private void ReadForgotten(ref KafkaReader reader, short version, bool flexible)
    {
        FetchTarget target = ReadTopicOf(ref reader, version, flexible);
        for (int left = ReadCount(ref reader, flexible, "forgotten partitions"); left > 0; left--)
        {
            Forgotten.Add(target with { Partition = reader.ReadInt32() });
        }

        SkipTags(ref reader, flexible);
    }

    private FetchTarget ReadTopicOf(ref KafkaReader reader, short version, bool flexible) => version >= FirstTopicIdVersion
        ? new FetchTarget(null, reader.ReadUuid(), 0)
        : new FetchTarget(_topics.ReadName(ref reader, flexible), Guid.Empty, 0);

    private void ReadTags(ref KafkaReader reader, short version)
    {
        long previous = -1;
        for (uint left = reader.ReadUnsignedVarint(); left > 0; left--)
        {
            uint tag = TaggedFields.ReadHeader(ref reader, ref previous, out int end);
            if (tag == ReplicaStateTag && version >= FirstReplicaStateVersion)
            {
                ReplicaId = reader.ReadInt32();
            }

            reader.ReadRaw(end - reader.Position);
        }
    }

    private static void SkipTags(ref KafkaReader reader, bool flexible)
    {
        if (flexible)
        {
            TaggedFields.Skip(ref reader);
        }
    }
}
