namespace HighPerf.Kafka.Protocol.Generator.Parsing;

/// <summary>A structure that several fields of a message share, as written.</summary>
internal sealed class StructNode
{
    public StructNode(SpecLine line, Token name)
    {
        Line = line;
        Name = name;
    }

    public SpecLine Line { get; }

    public Token Name { get; }

    public List<FieldNode> Fields { get; } = [];
}
