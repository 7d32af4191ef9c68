using HighPerf.Kafka.Protocol.Generator.Model;

namespace HighPerf.Kafka.Protocol.Generator.Parsing;

/// <summary>A field as written, with the line it stands on; <see cref="MessageChecker"/> makes a <see cref="FieldSpec"/> of it.</summary>
internal sealed class FieldNode
{
    public FieldNode(SpecLine line, Token name, Token type)
    {
        Line = line;
        Name = name;
        Type = type;
    }

    public SpecLine Line { get; }

    public Token Name { get; }

    /// <summary>The type as written: INT32, [INT32], Topic, [Topic].</summary>
    public Token Type { get; }

    public VersionRange? Versions { get; set; }

    public Token VersionsToken { get; set; }

    public bool Nullable { get; set; }

    public VersionRange? NullableVersions { get; set; }

    public Token NullableToken { get; set; }

    public int? Tag { get; set; }

    public Token TagToken { get; set; }

    public Token? Default { get; set; }

    public bool Ignorable { get; set; }

    public bool Key { get; set; }

    public bool Classic { get; set; }

    /// <summary>Whether the line ends in an arrow: the fields of its structure follow.</summary>
    public bool Opens { get; set; }

    public List<FieldNode> Children { get; } = [];
}
