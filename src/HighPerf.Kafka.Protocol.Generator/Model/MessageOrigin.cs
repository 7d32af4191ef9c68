namespace HighPerf.Kafka.Protocol.Generator.Model;

/// <summary>Where a message is defined; kept apart from what it is, which does not change when it moves in its file.</summary>
internal sealed record MessageOrigin(string Name, string Path, int Line, int Column)
{
    public string Name { get; } = Name;

    public string Path { get; } = Path;

    public int Line { get; } = Line;

    public int Column { get; } = Column;

    /// <summary>Messages whose name another file has, by path the first, already.</summary>
    public static IEnumerable<SpecError> FindTwins(IEnumerable<MessageOrigin> all)
    {
        foreach (IGrouping<string, MessageOrigin> same in all.GroupBy(static origin => origin.Name, StringComparer.Ordinal))
        {
            MessageOrigin first = same.OrderBy(static origin => origin.Path, StringComparer.Ordinal).First();
            foreach (MessageOrigin other in same.Where(other => other.Path != first.Path))
            {
                string text = $"The message {other.Name} is also defined in {first.Path}.";
                yield return new SpecError(other.Path, other.Line, other.Column, other.Name.Length, text);
            }
        }
    }
}
