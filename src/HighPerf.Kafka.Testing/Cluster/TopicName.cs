namespace HighPerf.Kafka.Testing.Cluster;

/// <summary>The rules for topic names.</summary>
internal static class TopicName
{
    public const int MaxLength = 249;

    /// <summary>Says what is wrong with a name; null when it is legal.</summary>
    public static string? Validate(string name)
    {
        if (name.Length == 0)
        {
            return "the topic name is empty";
        }

        if (name is "." or "..")
        {
            return $"the topic name cannot be \"{name}\"";
        }

        if (name.Length > MaxLength)
        {
            return $"the topic name has {name.Length} characters; {MaxLength} are allowed";
        }

        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-'))
            {
                return $"the topic name \"{name}\" has other characters than ASCII letters, digits, '.', '_' and '-'";
            }
        }

        return null;
    }

    /// <summary>Two names that differ only in '.' and '_' would collide in a real broker's metric names, so it refuses the second.</summary>
    public static string CollisionKey(string name) => name.Replace('.', '_');
}
