using System.Text;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Testing.Cluster;

/// <summary>All topics, by name, by id, and in the order of creation. Owner: the cluster's loop.</summary>
internal sealed class TopicRegistry
{
    /// <summary>What Apache Kafka's controller takes in one request, too.</summary>
    public const int MaxPartitions = 10_000;

    private readonly Dictionary<string, Topic> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<Guid, Topic> _byId = [];
    private readonly Dictionary<string, string> _collisions = new(StringComparer.Ordinal);
    private readonly EmbeddedCluster _cluster;
    private readonly RandomSource _ids;

    public TopicRegistry(EmbeddedCluster cluster, RandomSource ids)
    {
        _cluster = cluster;
        _ids = ids;
    }

    /// <summary>In the order of creation, which does not depend on hashing.</summary>
    public List<Topic> All { get; } = [];

    public Topic? Find(string name) => _byName.GetValueOrDefault(name);

    public Topic? Find(Guid id) => _byId.GetValueOrDefault(id);

    /// <summary>Reads the name of a topic; that of one that exists is not made anew.</summary>
    /// <exception cref="KafkaProtocolException">There is no name.</exception>
    public string ReadName(ref KafkaReader reader, bool compact)
    {
        KafkaReader start = reader;
        int length = compact ? (int)reader.ReadUnsignedVarint() - 1 : reader.ReadInt16();
        if ((uint)length <= TopicName.MaxLength)
        {
            ReadOnlySpan<byte> bytes = reader.ReadRaw(length);
            Span<char> name = stackalloc char[TopicName.MaxLength];
            int count = Encoding.UTF8.GetChars(bytes, name);
            if (_byName.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name[..count], out Topic? topic))
            {
                return topic.Name;
            }
        }

        reader = start;
        return reader.ReadString(compact);
    }

    /// <summary>The topic whose name would collide with this one; null when there is none.</summary>
    public string? FindCollision(string name) => _collisions.GetValueOrDefault(TopicName.CollisionKey(name));

    /// <summary>Creates a topic whose name and shape were validated.</summary>
    /// <param name="assignment">For each partition the ids of its replicas, leader first.</param>
    public Topic Create(string name, int[][] assignment, TopicConfig config)
    {
        Topic topic = new(name, NewId(), config, CreatePartitions(name, 0, assignment, config));
        _byName.Add(name, topic);
        _byId.Add(topic.Id, topic);
        _collisions.Add(TopicName.CollisionKey(name), name);
        All.Add(topic);
        return topic;
    }

    /// <summary>Adds partitions to a topic; the assignment was validated.</summary>
    public void AddPartitions(Topic topic, int[][] assignment) =>
        topic.Add(CreatePartitions(topic.Name, topic.Partitions.Length, assignment, topic.Config));

    public void Delete(Topic topic)
    {
        _byName.Remove(topic.Name);
        _byId.Remove(topic.Id);
        _collisions.Remove(TopicName.CollisionKey(topic.Name));
        All.Remove(topic);
        foreach (Partition partition in topic.Partitions)
        {
            partition.Delete();
        }
    }

    private Partition[] CreatePartitions(string name, int first, int[][] assignment, TopicConfig config)
    {
        Partition[] partitions = new Partition[assignment.Length];
        for (int i = 0; i < partitions.Length; i++)
        {
            partitions[i] = new Partition(_cluster, name, first + i, assignment[i], config);
        }

        return partitions;
    }

    /// <summary>A random id (version 4, RFC 9562); never the zero id, which means "none" on the wire.</summary>
    private Guid NewId()
    {
        Span<byte> bytes = stackalloc byte[16];
        _ids.NextBytes(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
