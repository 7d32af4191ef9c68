namespace HighPerf.Kafka.Protocol.Generator.Model;

/// <summary>A structure of a message, or its root.</summary>
/// <param name="Name">The name in the spec.</param>
/// <param name="TypeName">The name of the C# class: the same, unless a property already has it.</param>
/// <param name="Versions">The versions in which the structure can occur.</param>
/// <param name="Path">Where it stands in the message, for messages to people: "Topics.Partitions"; empty for the root.</param>
internal sealed record StructSpec(string Name, string TypeName, VersionRange Versions, string Path, EquatableArray<FieldSpec> Fields)
{
    public string Name { get; } = Name;

    public string TypeName { get; } = TypeName;

    public VersionRange Versions { get; } = Versions;

    public string Path { get; } = Path;

    public EquatableArray<FieldSpec> Fields { get; } = Fields;

    /// <summary>The same structure where fewer versions can occur.</summary>
    public StructSpec Within(VersionRange versions) => new(Name, TypeName, versions, Path, Fields);

    public IEnumerable<FieldSpec> Untagged => Fields.Where(static candidate => candidate.Tag is null);

    public IEnumerable<FieldSpec> Tagged => Fields.Where(static candidate => candidate.Tag is not null).OrderBy(static candidate => candidate.Tag);
}
