namespace HighPerf.Kafka.Protocol.Generator.Model;

/// <summary>One field: all ranges are closed and lie within those of the structure around it.</summary>
/// <param name="Name">The name in the protocol, in upper camel case.</param>
/// <param name="Versions">The versions that carry the field.</param>
/// <param name="NullableVersions">The versions in which null may stand for the value; null when there are none.</param>
/// <param name="Tag">The tag of a tagged field.</param>
/// <param name="Default">The default as written, or null when it is the type's own.</param>
/// <param name="Ignorable">A value that the version cannot carry is dropped instead of refused.</param>
/// <param name="Key">The field identifies the elements of its array.</param>
/// <param name="Classic">The field is never compact, whatever the version of the message.</param>
internal sealed record FieldSpec(
    string Name,
    FieldType Type,
    VersionRange Versions,
    VersionRange? NullableVersions,
    int? Tag,
    string? Default,
    bool Ignorable,
    bool Key,
    bool Classic)
{
    public string Name { get; } = Name;

    public FieldType Type { get; } = Type;

    public VersionRange Versions { get; } = Versions;

    public VersionRange? NullableVersions { get; } = NullableVersions;

    public int? Tag { get; } = Tag;

    public string? Default { get; } = Default;

    public bool Ignorable { get; } = Ignorable;

    public bool Key { get; } = Key;

    public bool Classic { get; } = Classic;

    /// <summary>Whether the C# property admits null: in some version, or as the default.</summary>
    public bool IsNullable => NullableVersions is not null || DefaultIsNull;

    /// <summary>Records without a stated default are null where they may be.</summary>
    public bool DefaultIsNull => Default == "null" || (Default is null && Type.Kind == TypeKind.Records && NullableVersions is not null);

    public string JsonName => char.ToLowerInvariant(Name[0]) + Name.Substring(1);
}
