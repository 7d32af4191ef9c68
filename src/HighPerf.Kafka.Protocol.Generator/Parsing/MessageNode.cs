using HighPerf.Kafka.Protocol.Generator.Model;

namespace HighPerf.Kafka.Protocol.Generator.Parsing;

/// <summary>A message as written.</summary>
internal sealed class MessageNode
{
    public MessageNode(SpecLine line, MessageKind kind, Token name)
    {
        Line = line;
        Kind = kind;
        Name = name;
    }

    public SpecLine Line { get; }

    public MessageKind Kind { get; }

    public Token Name { get; }

    public VersionRange Versions { get; set; }

    public bool FlexibleStated { get; set; }

    public int? FlexibleFrom { get; set; }

    public int? UnstableVersion { get; set; }

    public List<FieldNode> Fields { get; } = [];

    public List<StructNode> Structs { get; } = [];
}
