using System.Text.Json;
using HighPerf.Kafka.Testing.Json;

namespace HighPerf.Kafka.Cli.Output;

/// <summary>Writes one JSON object as one line of standard output.</summary>
internal static class JsonLine
{
    public static void Write(Action<Utf8JsonWriter> members)
    {
        using MemoryStream line = new();
        using (Utf8JsonWriter json = new(line, MessageJson.WriterOptions))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        line.WriteByte((byte)'\n');
        using Stream output = Console.OpenStandardOutput();
        line.WriteTo(output);
    }
}
