namespace HighPerf.Kafka.Testing.Configs;

/// <summary>One change that a client asks for.</summary>
internal readonly record struct ConfigEdit(string Name, ConfigOperation Operation, string? Value);
