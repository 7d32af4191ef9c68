namespace HighPerf.Kafka.Testing.Cluster;

/// <summary>One topic incarnation: deleting and creating it again gives another one with another id. Owner: the cluster's loop.</summary>
internal sealed class Topic
{
    public Topic(string name, Guid id, TopicConfig config, Partition[] partitions)
    {
        Name = name;
        Id = id;
        Config = config;
        Partitions = partitions;
    }

    public string Name { get; }

    public Guid Id { get; }

    public TopicConfig Config { get; }

    /// <summary>Grows, by a new array.</summary>
    public Partition[] Partitions { get; private set; }

    public void Add(Partition[] partitions) => Partitions = [.. Partitions, .. partitions];

    public Partition? FindPartition(int index) => (uint)index < (uint)Partitions.Length ? Partitions[index] : null;
}
