using System.Text;

namespace HighPerf.Kafka.Interop.Tests.Peers;

/// <summary>kcat, a command-line client on the system's librdkafka.</summary>
internal static class Kcat
{
    private static readonly string? _path = PeerPolicy.FindOnPath("kcat");

    public static void Require() => PeerPolicy.Require(_path is not null, "kcat");

    /// <summary>Reads one partition from its beginning to its present end.</summary>
    public static async Task<List<PeerRecord>> ConsumeAsync(string bootstrapServers, string topic, int partition)
    {
        // Lengths before contents, so that contents may be any bytes; -1 is a null. %h prints the headers as name=value,name=value.
        ToolResult result = await RunAsync(
            ["-C", "-b", bootstrapServers, "-t", topic, "-p", $"{partition}", "-o", "beginning", "-e", "-q", "-X", "check.crcs=true",
             "-f", "%p %o %T %K %S %h\\n%k%s\\n"]);
        return Parse(result.AssertSucceeded().Output);
    }

    /// <summary>Sends records that share their headers; kcat splits its input at separators, so neither key nor value may hold one.</summary>
    /// <param name="records">Key and value of each; an empty one is sent as a null.</param>
    public static async Task ProduceAsync(
        string bootstrapServers, string topic, int partition, string codec, IEnumerable<(string Key, string Value)> records, params string[] headers)
    {
        StringBuilder input = new();
        foreach ((string key, string value) in records)
        {
            input.Append(key).Append('\t').Append(value).Append('\n');
        }

        List<string> arguments = ["-P", "-b", bootstrapServers, "-t", topic, "-p", $"{partition}", "-K", "\\t", "-Z", "-z", codec, "-q"];
        arguments.AddRange(headers.SelectMany(header => new[] { "-H", header }));
        (await RunAsync(arguments, Encoding.UTF8.GetBytes(input.ToString()))).AssertSucceeded();
    }

    /// <summary>Sends the whole content of a file as one record's value, without a key.</summary>
    public static async Task ProduceFileAsync(string bootstrapServers, string topic, int partition, string codec, string file) =>
        (await RunAsync(
            ["-P", "-b", bootstrapServers, "-t", topic, "-p", $"{partition}", "-z", codec, "-q", "-X", "message.max.bytes=100000000", file]))
            .AssertSucceeded();

    /// <summary>What kcat -L says of the cluster, as JSON.</summary>
    public static async Task<string> ListAsync(string bootstrapServers) => (await RunAsync(["-L", "-J", "-b", bootstrapServers])).AssertSucceeded().Text;

    public static Task<ToolResult> RunAsync(IEnumerable<string> arguments, ReadOnlyMemory<byte> input = default) =>
        Tool.RunAsync(_path ?? throw new InvalidOperationException("kcat is missing."), arguments, input);

    private static List<PeerRecord> Parse(byte[] output)
    {
        List<PeerRecord> records = [];
        for (int position = 0; position < output.Length;)
        {
            int end = output.AsSpan(position).IndexOf((byte)'\n') + position;
            string[] fields = Encoding.UTF8.GetString(output, position, end - position).Split(' ', 6);
            position = end + 1;
            byte[]? key = Take(output, ref position, int.Parse(fields[3]));
            byte[]? value = Take(output, ref position, int.Parse(fields[4]));
            position++;
            records.Add(new PeerRecord(int.Parse(fields[0]), key, value, long.Parse(fields[2]), ParseHeaders(fields[5])) { Offset = long.Parse(fields[1]) });
        }

        return records;
    }

    private static byte[]? Take(byte[] output, ref int position, int length)
    {
        if (length < 0)
        {
            return null;
        }

        byte[] bytes = output.AsSpan(position, length).ToArray();
        position += length;
        return bytes;
    }

    private static List<(string Name, byte[]? Value)> ParseHeaders(string text) =>
        text.Length == 0
            ? []
            : [.. text.Split(',').Select(header => header.Split('=', 2)).Select(pair => (pair[0], pair[1] == "NULL" ? null : Encoding.UTF8.GetBytes(pair[1])))];
}
