namespace HighPerf.Kafka.Tests;

/// <summary>Tests that count what the whole process allocates run while no other does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}
