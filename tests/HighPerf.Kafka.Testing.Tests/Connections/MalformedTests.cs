using System.Buffers.Binary;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Testing.Tests.Connections;

public sealed class MalformedTests
{
    public static TheoryData<string, byte[], string> Frames_that_close => new()
    {
        { "negative size", [0xff, 0xff, 0xff, 0xff], "a frame of -1 bytes" },
        { "size below a header", [0, 0, 0, 7], "a frame of 7 bytes" },
        { "size above the limit", [0x7f, 0xff, 0xff, 0xff], "a frame of 2147483647 bytes" },
        { "an HTTP request", "GET / HTTP/1.1\r\n\r\n"u8.ToArray(), "a frame of 1195725856 bytes" },
        { "unknown API key", Frames.Request(999, 0, 1, false, []), "API key 999 version 0 is not supported" },
        { "negative API key", Frames.Request(-1, 0, 1, false, []), "API key -1 version 0 is not supported" },
        { "unknown version", Frames.Request((short)ApiKey.Metadata, 99, 1, true, []), "API key 3 version 99 is not supported" },
        { "Produce version 2", Frames.Request((short)ApiKey.Produce, 2, 1, false, []), "API key 0 version 2 is not supported" },
        { "share groups", Frames.Request(76, 1, 1, true, []), "API key 76 version 1 is not supported" },
        { "truncated body", Frames.Request((short)ApiKey.Metadata, 1, 1, false, [0, 0, 0, 1]), "malformed Metadata version 1" },
        { "absurd array", Frames.Request((short)ApiKey.Metadata, 1, 1, false, [0x7f, 0xff, 0xff, 0xff]), "malformed Metadata version 1" },
        { "absurd topics of Produce", Frames.Request(0, 3, 1, false, [0xff, 0xff, 0, 1, 0, 0, 0, 0, 0x7f, 0, 0, 0]), "malformed Produce version 3" },
        { "null topics of Produce", Frames.Request(0, 3, 1, false, [0xff, 0xff, 0, 1, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]), "malformed Produce version 3" },
        { "absurd client id", [0, 0, 0, 10, 0, 3, 0, 1, 0, 0, 0, 1, 0x7f, 0xff], "a malformed header of Metadata version 1" },
        { "tags of a header", [0, 0, 0, 13, 0, 3, 0, 9, 0, 0, 0, 1, 0xff, 0xff, 1, 0, 0x7f], "a malformed header of Metadata version 9" },
    };

    [Theory]
    [MemberData(nameof(Frames_that_close))]
    public void A_malformed_frame_closes_its_connection_only(string what, byte[] frame, string reason) => TestBroker.Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        RawClient other = await broker.ConnectAsync();
        int pending = await client.BeginAsync(Requests.Metadata(), 9);
        await client.SendAsync(frame);
        await client.EndAsync<MetadataRequest, MetadataResponse>(pending, 9);
        await client.Closed;
        Assert.Contains(broker.Log, line => line.Contains(reason, StringComparison.Ordinal));
        Assert.Equal(0, (await other.CallAsync(Requests.Metadata(), 13)).ErrorCode);
        Assert.NotEmpty(what);
    });

    [Fact]
    public void Bytes_behind_a_request_are_passed_over_as_Apache_Kafka_does() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        await client.SendAsync(Frames.Request((short)ApiKey.Metadata, 1, 7, false, [0, 0, 0, 0, 9, 9]));
        Assert.Empty(RawClient.Decode<MetadataResponse>(await client.ReceiveFrameAsync(), 7, flexibleHeader: false, 1).Topics);
        byte[] produce = [.. Frames.Encode(Requests.Produce("t", 0, Batches.Of("a")), 9), 9];
        await client.SendAsync(Frames.Request((short)ApiKey.Produce, 9, 8, true, produce));
        Assert.Equal(0, RawClient.Decode<ProduceResponse>(await client.ReceiveFrameAsync(), 8, flexibleHeader: true, 9).Single().ErrorCode);
    });

    [Fact]
    public void The_frame_limit_is_an_option() => TestBroker.Simulate(
        async broker =>
        {
            await broker.CreateTopicAsync("t");
            RawClient client = await broker.ConnectAsync();
            Assert.Equal(0, (await client.CallAsync(Requests.Produce("t", 0, Batches.OfSize(1500)), 9)).Single().ErrorCode);
            await client.BeginAsync(Requests.Produce("t", 0, Batches.OfSize(2500)), 9);
            await client.Closed;
        },
        new KafkaTestClusterOptions { MaxFrameBytes = 2000 });

    [Fact]
    public void A_frame_that_only_claims_to_be_large_takes_no_memory() => TestBroker.Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        byte[] start = Frames.Request((short)ApiKey.Produce, 9, 1, true, new byte[1000]);
        BinaryPrimitives.WriteInt32BigEndian(start, 90_000_000);
        await client.SendAsync(start);
        await broker.WaitAsync(TimeSpan.FromSeconds(1));
        Assert.InRange(broker.Model.Buffers.OutstandingBytes, 1000, 64 * 1024);
    });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Requests_arrive_in_whatever_pieces(ulong seed) => TestBroker.Simulate(
        async broker =>
        {
            await broker.CreateTopicAsync("t");
            RawClient client = await broker.ConnectAsync();
            List<int> pending = [];
            for (int i = 0; i < 50; i++)
            {
                pending.Add(await client.BeginAsync(Requests.Produce("t", 0, Batches.OfSize(i * 1000)), 9));
            }

            for (int i = 0; i < 50; i++)
            {
                Assert.Equal(i, (await client.EndAsync<ProduceRequest, ProduceResponse>(pending[i], 9)).Single().BaseOffset);
            }

            FetchResponse fetched = await client.CallAsync(Requests.Fetch("t", 0, 0, maxBytes: int.MaxValue, partitionMaxBytes: int.MaxValue), 12);
            Assert.Equal(Enumerable.Range(0, 50).Select(i => i * 1000), Batches.Values(fetched.Single().Records).Select(value => value.Length));
        },
        seed: seed,
        plan: new NetworkFaultPlan { CutProbability = 0.9 });

    [Fact]
    public void Mutated_frames_never_stop_the_broker() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RandomSource random = new(7);
        byte[][] frames =
        [
            Frames.Request(0, 9, 1, true, Frames.Encode(Requests.Produce("t", 0, Batches.Of("abc")), 9)),
            Frames.Request(1, 12, 1, true, Frames.Encode(Requests.Fetch("t", 0, 0), 12)),
            Frames.Request(2, 7, 1, true, Frames.Encode(Requests.ListOffsets("t", 0, 5), 7)),
            Frames.Request(3, 12, 1, true, Frames.Encode(Requests.Metadata("t"), 12)),
            Frames.Request(19, 7, 1, true, Frames.Encode(new CreateTopicsRequest { Topics = [new() { Name = "u", NumPartitions = 1 }] }, 7)),
        ];
        for (int i = 0; i < 1000; i++)
        {
            byte[] frame = [.. frames[random.Next(frames.Length)]];
            for (int changes = 1 + random.Next(3); changes > 0; changes--)
            {
                frame[4 + random.Next(frame.Length - 4)] = (byte)random.Next(256);
            }

            RawClient client = await broker.ConnectAsync();
            await client.SendAsync(frame);
            await client.CloseAsync();
        }

        RawClient last = await broker.ConnectAsync();
        Assert.Equal(0, (await last.CallAsync(Requests.Metadata("t"), 13)).Topics[0].ErrorCode);
        Assert.DoesNotContain(broker.Log, line => line.Contains(" failed: ", StringComparison.Ordinal));
    });
}
