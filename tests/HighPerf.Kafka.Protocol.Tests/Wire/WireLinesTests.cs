using System.Text;
using System.Text.Json;
using HighPerf.Kafka.Protocol.Tests.Messages;
using HighPerf.Kafka.Protocol.Tests.Records;

namespace HighPerf.Kafka.Protocol.Tests.Wire;

public sealed class WireLinesTests
{
    private static string[] MessageFiles => [.. MessageVectors.MessageNames().Select(static name => $"messages/{name}.jsonl.gz")];

    [Fact]
    public void Decoding_the_message_vectors_prints_their_json_and_bytes() => Compare("decode", MessageFiles, static (line, output) =>
    {
        MessageVectorTests.AssertJson(line.GetProperty("json"), output.GetProperty("json"));
        Assert.Equal(line.GetProperty("hex").GetString(), output.GetProperty("hex").GetString());
    });

    [Fact]
    public void Encoding_the_message_vectors_prints_their_json_and_bytes() => Compare("encode", MessageFiles, static (line, output) =>
    {
        MessageVectorTests.AssertJson(line.GetProperty("json"), output.GetProperty("json"));
        string property = line.TryGetProperty("hexWithoutUnknownTags", out _) ? "hexWithoutUnknownTags" : "hex";
        Assert.Equal(line.GetProperty(property).GetString(), output.GetProperty("hex").GetString());
    });

    [Theory]
    [InlineData("decode")]
    [InlineData("encode")]
    public void Frames_are_converted_whole(string command) => Compare(command, ["frames.jsonl.gz"], static (line, output) =>
    {
        MessageVectorTests.AssertJson(line.GetProperty("header"), output.GetProperty("json").GetProperty("header"));
        MessageVectorTests.AssertJson(line.GetProperty("body"), output.GetProperty("json").GetProperty("body"));
        Assert.Equal(line.GetProperty("hex").GetString(), output.GetProperty("hex").GetString());
    });

    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("snappy")]
    [InlineData("lz4")]
    [InlineData("zstd")]
    [InlineData("mixed")]
    [InlineData("legacy")]
    public void Record_batches_are_printed_as_the_vectors_say(string name)
    {
        string file = $"records/{name}.jsonl.gz";
        HpkResult result = Hpk.Run("wire", "records", "--lines", Hpk.VectorPath(file));

        Assert.Equal("", result.Error);
        Assert.Equal(0, result.ExitCode);
        foreach ((JsonElement line, JsonElement output) in MessageVectors.Lines(file).Zip(result.Lines()))
        {
            JsonAssert.Equal(line.GetProperty("batches"), output.GetProperty("batches"), line.GetProperty("name").GetString()!);
            Assert.Equal(line.GetProperty("trailingBytes").GetInt32(), output.GetProperty("trailingBytes").GetInt32());
        }
    }

    [Fact]
    public void Malformed_record_batches_give_an_error_each_and_the_run_goes_on()
    {
        JsonElement[] lines = [.. MessageVectors.Lines("records/malformed.jsonl.gz")];
        HpkResult result = Hpk.Run("wire", "records", "--lines", Hpk.VectorPath("records/malformed.jsonl.gz"));

        Assert.Equal(1, result.ExitCode);
        List<JsonElement> output = result.Lines();
        Assert.Equal(lines.Length, output.Count);
        Assert.InRange(output.Count(static line => line.TryGetProperty("error", out _)), lines.Length / 2, lines.Length);
        Assert.Contains("lines failed", result.Error);
    }

    [Fact]
    public void A_line_that_fails_gives_an_error_and_the_run_goes_on()
    {
        const string Good = """{"message":"HeartbeatResponse","version":0,"hex":"001b"}""";
        string[] lines =
        [
            Good,
            """{"message":"HeartbeatResponse","version":0,"hex":"001b00"}""",
            """{"message":"HeartbeatResponse","version":0,"hex":"00"}""",
            """{"message":"HeartbeatResponse","version":99,"hex":"001b"}""",
            """{"message":"Heartbreak","version":0,"hex":"001b"}""",
            """{"apiKey":12,"version":0,"hex":"001b"}""",
            """{"apiKey":12,"type":"response","version":0,"hex":"001"}""",
            """{"apiKey":12,"type":"response","version":0,"hex":"0x1b"}""",
            """{"apiKey":12,"type":"answer","version":0,"hex":"001b"}""",
            """{"message":"HeartbeatResponse","version":0}""",
            "[1,2]",
            "{\"message\":",
            "",
            """{"apiKey":12,"type":"response","version":0,"hex":"00 1B"}""",
        ];
        string[] problems =
        [
            "1 bytes are left over", "HeartbeatResponse v0 ErrorCode: malformed bytes at offset 0 of 1", "no version 99; known are the versions 0 to 4",
            "no API and no message 'Heartbreak'", "--request or the --response", "an odd number", "'x' at position 1", "must be request, response",
            "no \"hex\"", "not a JSON object", "not JSON",
        ];

        HpkResult result = Hpk.Run(Hpk.Text(string.Join("\r\n", lines)), "wire", "decode", "--lines", "-");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("11 of 13 lines failed", result.Error);
        List<JsonElement> output = result.Lines();
        Assert.Equal(13, output.Count);
        Assert.All(new[] { output[0], output[12] }, static line => Assert.Equal("""{"json":{"errorCode":27},"hex":"001b"}""", line.GetRawText()));
        for (int i = 1; i < 12; i++)
        {
            Assert.Contains(problems[i - 1], output[i].GetProperty("error").GetString());
            Assert.Equal(i + 1, output[i].GetProperty("line").GetInt32());
        }
    }

    [Fact]
    public void What_a_line_does_not_say_is_taken_from_the_options()
    {
        HpkResult result = Hpk.Run(
            Hpk.Text("{\"json\":{\"errorCode\":27}}\n{\"json\":{\"errorCode\":1}}"),
            "wire", "encode", "--api", "12", "--response", "--version", "0", "--lines", "-");

        Assert.Equal("{\"json\":{\"errorCode\":27},\"hex\":\"001b\"}\n{\"json\":{\"errorCode\":1},\"hex\":\"0001\"}\n", result.Output);
        Assert.Equal(0, result.ExitCode);
    }

    [Fact]
    public void Lines_of_another_kind_of_file_are_refused_and_say_why()
    {
        HpkResult result = Hpk.Run("wire", "decode", "--lines", Hpk.VectorPath("apis.jsonl.gz"));

        Assert.Equal(1, result.ExitCode);
        Assert.All(result.Lines(), static line => Assert.Contains("no file of messages, frames or records", line.GetProperty("error").GetString()));
    }

    private static void Compare(string command, string[] files, Action<JsonElement, JsonElement> assert)
    {
        byte[] text = Hpk.Vectors(files);
        HpkResult result = Hpk.Run(text, "wire", command, "--lines", "-");

        Assert.Equal("", result.Error);
        Assert.Equal(0, result.ExitCode);
        List<JsonElement> output = result.Lines();
        string[] lines = Encoding.UTF8.GetString(text).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(lines.Length, output.Count);
        for (int i = 0; i < lines.Length; i++)
        {
            using JsonDocument line = JsonDocument.Parse(lines[i]);
            assert(line.RootElement, output[i]);
        }
    }
}
