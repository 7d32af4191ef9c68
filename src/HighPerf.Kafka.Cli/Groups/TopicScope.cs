using System.Globalization;

namespace HighPerf.Kafka.Cli.Groups;

/// <summary>A topic, or some of its partitions, as it is written on a command line: <c>name[:partition,...]</c>.</summary>
internal sealed record TopicScope(string Topic, IReadOnlyList<int>? Partitions)
{
    /// <exception cref="ArgumentException">The text is no scope.</exception>
    public static TopicScope Parse(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string topic = colon < 0 ? text : text[..colon];
        if (topic.Length == 0)
        {
            throw new ArgumentException($"--topic {text}: it has the form name or name:partition,partition");
        }

        return new TopicScope(topic, colon < 0 ? null : [.. text[(colon + 1)..].Split(',').Select(part => Number(text, part))]);
    }

    private static int Number(string text, string part) =>
        int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int value)
            ? value
            : throw new ArgumentException($"--topic {text}: '{part}' is no partition");
}
