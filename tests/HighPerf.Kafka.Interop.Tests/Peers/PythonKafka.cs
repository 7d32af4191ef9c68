using System.Text;
using System.Text.Json;

namespace HighPerf.Kafka.Interop.Tests.Peers;

/// <summary>python3-kafka, a client in Python with codecs of its own, driven by the script beside this file.</summary>
internal static class PythonKafka
{
    private const string Interpreter = "/usr/bin/python3";

    private static readonly Lazy<bool> _isThere = new(Probe);

    public static void Require() => PeerPolicy.Require(_isThere.Value, "python3-kafka");

    public static async Task ProduceAsync(string bootstrapServers, string topic, string codec, IEnumerable<PeerRecord> records)
    {
        StringBuilder input = new();
        foreach (PeerRecord record in records)
        {
            input.Append(JsonSerializer.Serialize(new
            {
                partition = record.Partition,
                key = record.Key,
                value = record.Value,
                timestamp = record.Timestamp,
                headers = record.Headers.Select(header => new { name = header.Name, value = header.Value }),
            })).Append('\n');
        }

        (await RunAsync(["produce", bootstrapServers, topic, codec], Encoding.UTF8.GetBytes(input.ToString()))).AssertSucceeded();
    }

    /// <summary>Reads all partitions of a topic from their beginning to their present end, partition after partition.</summary>
    public static async Task<List<PeerRecord>> ConsumeAsync(string bootstrapServers, string topic)
    {
        ToolResult result = (await RunAsync(["consume", bootstrapServers, topic], default)).AssertSucceeded();
        return [.. result.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Parse)];
    }

    /// <summary>Runs one of the scripts beside this file.</summary>
    public static Task<ToolResult> RunScriptAsync(string script, IEnumerable<string> arguments, ReadOnlyMemory<byte> input = default) =>
        Tool.RunAsync(Interpreter, [Path.Combine(AppContext.BaseDirectory, "Peers", script), .. arguments], input);

    private static Task<ToolResult> RunAsync(string[] arguments, ReadOnlyMemory<byte> input) => RunScriptAsync("python_kafka.py", arguments, input);

    private static PeerRecord Parse(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        JsonElement root = document.RootElement;
        List<(string, byte[]?)> headers =
            [.. root.GetProperty("headers").EnumerateArray().Select(header => (header.GetProperty("name").GetString()!, Bytes(header.GetProperty("value"))))];
        return new PeerRecord(
            root.GetProperty("partition").GetInt32(), Bytes(root.GetProperty("key")), Bytes(root.GetProperty("value")),
            root.GetProperty("timestamp").GetInt64(), headers) { Offset = root.GetProperty("offset").GetInt64() };
    }

    private static byte[]? Bytes(JsonElement element) => element.ValueKind == JsonValueKind.Null ? null : element.GetBytesFromBase64();

    private static bool Probe() =>
        File.Exists(Interpreter) && Task.Run(() => Tool.RunAsync(Interpreter, ["-c", "import kafka, snappy, lz4.frame, zstandard"])).Result.ExitCode == 0;
}
