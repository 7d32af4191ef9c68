namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>One topic of a Produce body, named (to version 12) or by id, and how many of the body's parts are its own.</summary>
internal readonly record struct ProduceTopic(string Name, Guid TopicId, int Parts);
