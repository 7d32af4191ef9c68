namespace HighPerf.Kafka.Testing.Json;

/// <summary>JSON that is not the message it should be; the message says where and what.</summary>
internal sealed class MessageJsonException : Exception
{
    public MessageJsonException(string path, string problem) : base($"{path} {problem}")
    {
        Path = path;
        Problem = problem;
    }

    /// <summary>The place in the JSON, such as topics[0].name.</summary>
    public string Path { get; }

    public string Problem { get; }

    /// <summary>The same error seen from one level further out.</summary>
    public MessageJsonException Inside(string outer) => new(Path.Length == 0 ? outer : $"{outer}.{Path}", Problem);
}
