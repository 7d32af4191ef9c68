namespace HighPerf.Kafka.Testing.Releases;

/// <summary>A feature of the cluster: the levels that its brokers support, and the one that is finalized (0: off).</summary>
internal sealed record FeatureLevel(string Name, short Min, short Max, short Level);
