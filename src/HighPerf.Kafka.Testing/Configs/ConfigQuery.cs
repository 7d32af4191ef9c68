namespace HighPerf.Kafka.Testing.Configs;

/// <summary>What a client wants to know of settings. Without names: of all.</summary>
internal readonly record struct ConfigQuery(List<string>? Names, bool WithSynonyms, bool WithDocumentation)
{
    public bool Wants(string name) => Names is null || Names.Count == 0 || Names.Contains(name);
}
