namespace HighPerf.Kafka.Protocol.Generator.Model;

/// <summary>A message as the emitters see it: checked, with every range closed.</summary>
/// <param name="ApiKey">The key of the API that a request or response belongs to.</param>
/// <param name="FlexibleFrom">The first version with compact types and tagged fields; null when there is none.</param>
/// <param name="UnstableVersion">A newest version that may still change; null when all are settled.</param>
/// <param name="Response">The name of the response of a request.</param>
/// <param name="Structs">All structures but the root; shared ones and those that stand inside a field.</param>
internal sealed record MessageSpec(
    MessageKind Kind,
    string Name,
    int? ApiKey,
    string? ApiName,
    VersionRange Versions,
    int? FlexibleFrom,
    int? UnstableVersion,
    string? Response,
    StructSpec Root,
    EquatableArray<StructSpec> Structs)
{
    public MessageKind Kind { get; } = Kind;

    public string Name { get; } = Name;

    public int? ApiKey { get; } = ApiKey;

    public string? ApiName { get; } = ApiName;

    public VersionRange Versions { get; } = Versions;

    public int? FlexibleFrom { get; } = FlexibleFrom;

    public int? UnstableVersion { get; } = UnstableVersion;

    public string? Response { get; } = Response;

    public StructSpec Root { get; } = Root;

    public EquatableArray<StructSpec> Structs { get; } = Structs;

    public StructSpec FindStruct(string name) => Structs.First(candidate => candidate.Name == name);
}
