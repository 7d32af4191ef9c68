using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing.Producing;

/// <summary>A topic of a Produce request, as named (or by its id, then the name is empty), what it means (null: nothing), and how many parts it has.</summary>
internal readonly record struct ProduceTopic(string Name, Guid TopicId, Topic? Topic, int Parts);
