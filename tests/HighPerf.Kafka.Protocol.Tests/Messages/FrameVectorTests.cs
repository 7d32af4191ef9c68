using System.Text.Json;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Json;

namespace HighPerf.Kafka.Protocol.Tests.Messages;

public sealed class FrameVectorTests
{
    private static IEnumerable<JsonElement> Lines(string type) =>
        MessageVectors.Lines("frames.jsonl.gz").Where(line => line.GetProperty("type").GetString() == type);

    [Fact]
    public void A_request_frame_is_read_header_and_body() => Assert.All(Lines("request"), line =>
    {
        KafkaReader reader = new(MessageVectorTests.Hex(line, "hex"));
        int size = reader.ReadInt32();
        Assert.Equal(reader.Remaining, size);

        RequestHeader header = RequestFrame.ReadHeader(ref reader);
        Assert.Equal(line.GetProperty("headerLength").GetInt32() + RequestFrame.PrefixSize, reader.Position);
        MessageDescriptor descriptor = MessageCatalog.Find((ApiKey)header.RequestApiKey, MessageKind.Request)!;
        Assert.Equal(line.GetProperty("message").GetString(), descriptor.Name);
        short headerVersion = line.GetProperty("headerVersion").GetInt16();
        MessageVectorTests.AssertJson(line.GetProperty("header"), MessageVectorTests.ToJson(RequestHeader.Descriptor, header, headerVersion));

        IKafkaMessage body = descriptor.Read(ref reader, header.RequestApiVersion);
        Assert.Equal(0, reader.Remaining);
        MessageVectorTests.AssertJson(line.GetProperty("body"), MessageVectorTests.ToJson(descriptor, body, header.RequestApiVersion));
    });

    [Fact]
    public void A_request_frame_is_written() => Assert.All(Lines("request"), line =>
    {
        short version = line.GetProperty("version").GetInt16();
        MessageDescriptor descriptor = MessageCatalog.Find((ApiKey)line.GetProperty("apiKey").GetInt16(), MessageKind.Request)!;
        IKafkaMessage body = MessageJson.Read(line.GetProperty("body"), descriptor, version);
        JsonElement header = line.GetProperty("header");
        string? clientId = header.GetProperty("clientId").GetString();

        byte[] frame = new byte[RequestFrame.GetSize(descriptor, body, version, clientId)];
        RequestFrame.Write(frame, descriptor, body, version, header.GetProperty("correlationId").GetInt32(), clientId);

        Assert.Equal(line.GetProperty("hex").GetString(), Convert.ToHexStringLower(frame));
    });

    [Fact]
    public void A_response_frame_is_read_header_and_body() => Assert.All(Lines("response"), line =>
    {
        short version = line.GetProperty("version").GetInt16();
        MessageDescriptor descriptor = MessageCatalog.Find((ApiKey)line.GetProperty("apiKey").GetInt16(), MessageKind.Response)!;
        KafkaReader reader = new(MessageVectorTests.Hex(line, "hex"));
        Assert.Equal(reader.ReadInt32(), reader.Remaining);

        int correlationId = ResponseFrame.ReadHeader(ref reader, descriptor.HeaderVersion(version)!.Value);
        Assert.Equal(line.GetProperty("headerLength").GetInt32() + ResponseFrame.PrefixSize, reader.Position);
        Assert.Equal(line.GetProperty("header").GetProperty("correlationId").GetInt32(), correlationId);

        IKafkaMessage body = descriptor.Read(ref reader, version);
        Assert.Equal(0, reader.Remaining);
        MessageVectorTests.AssertJson(line.GetProperty("body"), MessageVectorTests.ToJson(descriptor, body, version));
    });

    [Fact]
    public void A_response_frame_is_written() => Assert.All(Lines("response"), line =>
    {
        short version = line.GetProperty("version").GetInt16();
        MessageDescriptor descriptor = MessageCatalog.Find((ApiKey)line.GetProperty("apiKey").GetInt16(), MessageKind.Response)!;
        IKafkaMessage body = MessageJson.Read(line.GetProperty("body"), descriptor, version);

        byte[] frame = new byte[ResponseFrame.GetSize(descriptor, body, version)];
        ResponseFrame.Write(frame, descriptor, body, version, line.GetProperty("header").GetProperty("correlationId").GetInt32());

        Assert.Equal(line.GetProperty("hex").GetString(), Convert.ToHexStringLower(frame));
    });

    [Fact]
    public void Appending_to_a_buffer_writes_the_same_frame()
    {
        using PooledBuffer buffer = new(new BufferPool());
        HeartbeatRequest request = new() { GroupId = "g", GenerationId = 3, MemberId = "m" };
        int first = RequestFrame.Append(buffer, request, version: 4, correlationId: 7, clientId: "c");
        int second = ResponseFrame.Append(buffer, new HeartbeatResponse { ErrorCode = 27 }, version: 4, correlationId: 7);

        Assert.Equal(
            "00000016" + "000c" + "0004" + "00000007" + "000163" + "00" + "0267" + "00000003" + "026d" + "00" + "00",
            Convert.ToHexStringLower(buffer.WrittenSpan[..first]));
        Assert.Equal("0000000c" + "00000007" + "00" + "00000000" + "001b" + "00", Convert.ToHexStringLower(buffer.WrittenSpan.Slice(first, second)));
    }

    [Fact]
    public void A_frame_of_an_unknown_api_is_refused()
    {
        KafkaProtocolException error = Assert.Throws<KafkaProtocolException>(static () =>
        {
            KafkaReader reader = new(Convert.FromHexString("03e7000000000001ffff"));
            RequestFrame.ReadHeader(ref reader);
        });

        Assert.Contains("unknown API key 999", error.Message);
    }
}
