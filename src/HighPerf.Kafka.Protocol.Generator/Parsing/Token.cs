namespace HighPerf.Kafka.Protocol.Generator.Parsing;

/// <summary>A word, a comma or an arrow of a line, with the column it starts in.</summary>
internal readonly record struct Token(string Text, int Column)
{
    public string Text { get; } = Text;

    public int Column { get; } = Column;
}
