namespace HighPerf.Kafka.Tests.Producing.Stress;

/// <summary>Runs that take all cores run while no other test does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class StressCollection
{
    public const string Name = "stress";
}
