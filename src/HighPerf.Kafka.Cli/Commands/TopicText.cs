using System.Globalization;

namespace HighPerf.Kafka.Cli.Commands;

/// <summary>A topic as it is written on a command line: <c>name[:partitions[:replication]]</c>.</summary>
internal readonly record struct TopicText(string Name, int Partitions, int? Replication)
{
    /// <exception cref="ArgumentException">The text is no topic.</exception>
    public static TopicText Parse(string text)
    {
        string[] parts = text.Split(':');
        if (parts.Length > 3 || parts[0].Length == 0)
        {
            throw new ArgumentException($"--topic {text}: it has the form name:partitions:replication");
        }

        int partitions = parts.Length > 1 ? Number(text, parts[1]) : 1;
        return new TopicText(parts[0], partitions, parts.Length > 2 ? Number(text, parts[2]) : null);
    }

    private static int Number(string text, string number) =>
        int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int value)
            ? value
            : throw new ArgumentException($"--topic {text}: '{number}' is no number");
}
