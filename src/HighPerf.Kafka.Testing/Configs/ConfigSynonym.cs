namespace HighPerf.Kafka.Testing.Configs;

/// <summary>A broker setting that gives a topic setting its default, and how many of its units one of the broker's is.</summary>
internal readonly record struct ConfigSynonym(string Name, long Factor = 1);
