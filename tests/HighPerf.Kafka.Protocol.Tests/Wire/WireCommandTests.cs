using System.IO.Compression;
using System.Text.Json;

namespace HighPerf.Kafka.Protocol.Tests.Wire;

public sealed class WireCommandTests
{
    private const string Frame = "00000015000c000000000007000163000167000000030001" + "6d";
    private const string FrameJson =
        """{"header":{"requestApiKey":12,"requestApiVersion":0,"correlationId":7,"clientId":"c"},"body":{"groupId":"g","generationId":3,"memberId":"m"}}""";

    [Theory]
    [InlineData("12", "--request", "0", "000167000000030001" + "6d", """{"groupId":"g","generationId":3,"memberId":"m"}""")]
    [InlineData("heartbeat", "--request", "0", "00 01 67\n00000003 00016D", """{"groupId":"g","generationId":3,"memberId":"m"}""")]
    [InlineData("HeartbeatResponse", "--response", "1", "00000001001b", """{"throttleTimeMs":1,"errorCode":27}""")]
    public void A_body_is_decoded_and_encoded(string api, string kind, string version, string hex, string json)
    {
        HpkResult decoded = Hpk.Run("wire", "decode", "--api", api, kind, "--version", version, hex);
        HpkResult encoded = Hpk.Run(Hpk.Text(json), "wire", "encode", "--api", api, kind, "--version", version, "-");

        Assert.Equal((0, json + "\n", ""), (decoded.ExitCode, decoded.Output, decoded.Error));
        Assert.Equal((0, hex.Replace(" ", "").Replace("\n", "").ToLowerInvariant() + "\n", ""), (encoded.ExitCode, encoded.Output, encoded.Error));
    }

    [Fact]
    public void A_request_frame_says_itself_what_it_is()
    {
        HpkResult decoded = Hpk.Run(Convert.FromHexString(Frame), "wire", "decode", "--frame", "--binary");
        HpkResult encoded = Hpk.Run("wire", "encode", "--frame", FrameJson);
        HpkResult bytes = Hpk.Run(Hpk.Text(FrameJson), "wire", "encode", "--frame", "--binary");

        Assert.Equal((0, FrameJson + "\n"), (decoded.ExitCode, decoded.Output));
        Assert.Equal((0, Frame + "\n"), (encoded.ExitCode, encoded.Output));
        Assert.Equal((0, Frame), (bytes.ExitCode, Convert.ToHexStringLower(bytes.OutputBytes)));
    }

    [Fact]
    public void A_response_frame_is_decoded_when_it_is_said_what_it_is()
    {
        HpkResult result = Hpk.Run("wire", "decode", "--frame", "--api", "Heartbeat", "--response", "--version", "4", "0000000c000000070000000000001b00");

        Assert.Equal((0, """{"header":{"correlationId":7},"body":{"throttleTimeMs":0,"errorCode":27}}""" + "\n"), (result.ExitCode, result.Output));
    }

    [Fact]
    public void Record_batches_of_a_buffer_are_printed()
    {
        HpkResult result = Hpk.Run(
            "wire",
            "records",
            "000000000000006400000042000000030283ab671a0030000000000000018be8568b640000018be8568b64000000000000121e0021ffffffff00000001"
            + "2000000008000000010c00000000002d00ff");

        Assert.Equal(0, result.ExitCode);
        JsonElement output = Assert.Single(result.Lines());
        Assert.Equal(1, output.GetProperty("trailingBytes").GetInt32());
        Assert.Equal("00000000002d", output.GetProperty("batches")[0].GetProperty("records")[0].GetProperty("value").GetString());
    }

    [Fact]
    public void The_list_names_every_api()
    {
        HpkResult result = Hpk.Run("wire", "list", "--json");

        Assert.Equal(74, result.Lines().Count(static line => line.GetProperty("type").GetString() == "request"));
    }

    [Theory]
    [InlineData(2, "no API and no message 'Fetsch'", "decode", "--api", "Fetsch", "--request", "--version", "4", "00")]
    [InlineData(2, "no API and no message '999'", "decode", "--api", "999", "--request", "--version", "4", "00")]
    [InlineData(2, "known are the versions 4 to 18", "decode", "--api", "Fetch", "--request", "--version", "99", "00")]
    [InlineData(2, "--version", "decode", "--api", "Fetch", "--request", "--version", "four", "00")]
    [InlineData(2, "give --version, from 4 to 18", "decode", "--api", "Fetch", "--request", "00")]
    [InlineData(2, "--request or the --response", "decode", "--api", "Fetch", "--version", "4", "00")]
    [InlineData(2, "exclude each other", "decode", "--api", "Fetch", "--version", "4", "--request", "--response", "00")]
    [InlineData(2, "FetchRequest is not a response", "decode", "--api", "FetchRequest", "--version", "4", "--response", "00")]
    [InlineData(2, "give --api", "decode", "00")]
    [InlineData(2, "has no frame", "decode", "--api", "EndTxnMarker", "--version", "0", "--frame", "00")]
    [InlineData(2, "leave out the input", "decode", "--lines", "x", "00")]
    [InlineData(1, "an odd number", "decode", "--api", "HeartbeatResponse", "--version", "0", "001b0")]
    [InlineData(1, "'g' at position 4", "decode", "--api", "HeartbeatResponse", "--version", "0", "001bgg")]
    [InlineData(1, "2 bytes are left over", "decode", "--api", "HeartbeatResponse", "--version", "0", "001b0000")]
    [InlineData(1, "the frame is truncated", "decode", "--frame", "00000015000c0000000000070001630001670000")]
    [InlineData(1, "bytes follow the frame", "decode", "--frame", Frame + "00")]
    [InlineData(1, "a negative size", "decode", "--frame", "80000000" + "000c")]
    [InlineData(1, "the API key 999, which is unknown", "decode", "--frame", "0000000a03e7000000000001ffff")]
    [InlineData(1, "HeartbeatRequest has no version 77", "decode", "--frame", "0000000a000c004d00000001ffff")]
    [InlineData(1, "the header names the API key 12 in version 0", "decode", "--frame", "--api", "Fetch", "--request", "--version", "4", Frame)]
    [InlineData(1, "length -32768 is negative", "decode", "--api", "HeartbeatRequest", "--version", "0", "8000")]
    [InlineData(1, "32767 more bytes are needed", "decode", "--api", "HeartbeatRequest", "--version", "0", "7fff")]
    [InlineData(1, "an array of 2147483647 elements", "decode", "--api", "MetadataRequest", "--version", "0", "7fffffff")]
    [InlineData(1, "the input is not JSON", "encode", "--api", "HeartbeatResponse", "--version", "0", "{errorCode}")]
    [InlineData(1, "errorCode is missing", "encode", "--api", "HeartbeatResponse", "--version", "0", "{}")]
    [InlineData(1, "errorCode should be a 16-bit integer", "encode", "--api", "HeartbeatResponse", "--version", "0", "{\"errorCode\":70000}")]
    [InlineData(1, "nonsense is not a field", "encode", "--api", "HeartbeatResponse", "--version", "0", "{\"errorCode\":0,\"nonsense\":1}")]
    [InlineData(1, "\"header\":...,\"body\"", "encode", "--frame", "{}")]
    [InlineData(1, "body.memberId is missing", "encode", "--frame",
        "{\"header\":{\"requestApiKey\":12,\"requestApiVersion\":0,\"correlationId\":7,\"clientId\":\"c\"},\"body\":{\"groupId\":\"g\",\"generationId\":3}}")]
    [InlineData(1, "no-such-file", "decode", "--lines", "no-such-file")]
    [InlineData(1, "no-such-file", "records", "--file", "no-such-file")]
    [InlineData(1, "malformed", "records", "00000000000000640000000100000003028300000000000000000000000000")]
    public void Bad_input_is_said_and_shown_in_the_exit_code(int exitCode, string problem, params string[] arguments)
    {
        HpkResult result = Hpk.Run(["wire", .. arguments]);

        Assert.Contains(problem, result.Error);
        Assert.StartsWith("hpk: ", result.Error);
        Assert.DoesNotContain("   at ", result.Error);
        Assert.Equal(exitCode, result.ExitCode);
    }

    [Theory]
    [InlineData("decode")]
    [InlineData("encode")]
    [InlineData("records")]
    public void Damaged_gzip_is_said(string command)
    {
        using MemoryStream zipped = new();
        using (GZipStream gzip = new(zipped, CompressionLevel.Fastest))
        {
            gzip.Write(new byte[1000]);
        }

        byte[] damaged = zipped.ToArray();
        damaged.AsSpan(10).Fill(0xFF);
        HpkResult result = Hpk.Run(damaged, "wire", command, "--lines", "-");

        Assert.Contains("begins like gzip", result.Error);
        Assert.Equal(1, result.ExitCode);
    }

    [Theory]
    [InlineData("decode")]
    [InlineData("encode")]
    [InlineData("records")]
    public void Help_says_what_lines_do(string command)
    {
        HpkResult result = Hpk.Run("wire", command, "--help");

        Assert.Contains("--lines", result.Output);
        Assert.Contains("exit code", result.Output);
        Assert.Equal(0, result.ExitCode);
    }
}
