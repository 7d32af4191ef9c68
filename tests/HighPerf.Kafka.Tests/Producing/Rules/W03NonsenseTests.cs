using System.Buffers.Binary;
using System.Text.Json.Nodes;
using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Tests.Producing.Rules;

/// <summary>
/// W3: every length and count from the network is bounded; a broker that answers nonsense costs a connection. What it was asked is sent again, on the next
/// one, and is written once.
/// </summary>
public sealed class W03NonsenseTests
{
    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(0x47455420)]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(3)]
    public void W3_a_frame_of_an_impossible_size_closes_the_connection(int size) => Check(1, frame =>
    {
        BinaryPrimitives.WriteInt32BigEndian(frame, size);
        return frame;
    });

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    [InlineData(1_000_000)]
    public void W3_an_answer_to_another_request_closes_the_connection(int shift) => Check(1, frame =>
    {
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(4), BinaryPrimitives.ReadInt32BigEndian(frame.AsSpan(4)) + shift);
        return frame;
    });

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(20)]
    public void W3_an_answer_that_ends_too_soon_closes_the_connection(int length) => Check(1, frame => Sized(frame[..(8 + length)]));

    [Fact]
    public void W3_random_bytes_close_the_connection() => Check(1, static frame =>
    {
        new Random(7).NextBytes(frame.AsSpan(8));
        return frame;
    });

    [Fact]
    public void W3_counts_beyond_the_frame_close_the_connection() => Check(1, static frame =>
    {
        // Behind the correlation id and the header's tags stands the number of topics.
        return Sized([.. frame[..9], 0xFF, 0xFF, 0xFF, 0xFF, 0x07, .. frame[10..]]);
    });

    [Fact]
    public void W3_every_single_damaged_byte_is_survived()
    {
        // Whatever the damage makes of the answer, the record is told once, and nothing hangs.
        for (int at = 0; at < 60; at++)
        {
            int place = at;
            new ProducerWorld(ProducerWorld.Short(), seed: (ulong)at).Run(async world =>
            {
                await world.Send("a");
                world.Change(Raw(1, frame =>
                {
                    frame[place % frame.Length] ^= 0xFF;
                    return frame;
                }));
                try
                {
                    await world.Producer.SendAsync(ProducerWorld.Topic, null, "damaged");
                }
                catch (KafkaProduceException e)
                {
                    Assert.NotEqual(DeliveryOutcome.Written, e.Outcome);
                }

                await world.Send("b");
            });
        }
    }

    [Fact]
    public void W3_an_answer_about_partitions_that_were_never_asked_leaves_the_asked_one_open() => new ProducerWorld().Run(async world =>
    {
        await world.Send("a");
        world.Change(AnswerChange.Json(ApiKey.Produce, 1, static answer =>
            answer["responses"]![0]!["partitionResponses"]![0]!["index"] = 7));
        Assert.Equal(1, (await world.Send("b")).Offset);
        Assert.Equal(["a", "b"], world.LogValues());
    });

    [Fact]
    public void W3_an_answer_that_names_a_partition_twice_tells_it_once() => new ProducerWorld().Run(async world =>
    {
        await world.Send("a");
        world.Change(AnswerChange.Json(ApiKey.Produce, 1, static answer =>
        {
            JsonArray partitions = answer["responses"]![0]!["partitionResponses"]!.AsArray();
            JsonNode twin = partitions[0]!.DeepClone();
            twin["errorCode"] = (int)ErrorCode.TopicAuthorizationFailed;
            partitions.Add(twin);
        }));
        Assert.Equal(1, (await world.Send("b")).Offset);
        await world.Send("c");
        Assert.Equal(["a", "b", "c"], world.LogValues());
    });

    [Fact]
    public void W3_an_answer_without_topics_leaves_the_batch_open_and_it_is_sent_again() => new ProducerWorld().Run(async world =>
    {
        await world.Send("a");
        world.Change(AnswerChange.Json(ApiKey.Produce, 1, static answer => answer["responses"] = new JsonArray()));
        Assert.Equal(1, (await world.Send("b")).Offset);
        Assert.Equal(["0/0 a None", "0/1 b -", "0/1 b None"], world.Seen());
        Assert.Equal(["a", "b"], world.LogValues());
    });

    [Theory]
    [InlineData(ApiKey.InitProducerId)]
    [InlineData(ApiKey.Metadata)]
    public void W3_nonsense_about_topics_and_identities_is_asked_again(ApiKey apiKey) => new ProducerWorld().Run(async world =>
    {
        AnswerChange nonsense = world.Change(new AnswerChange(apiKey, 2, null, static (_, frame) => Sized(frame[..(frame.Length / 2)])));
        Assert.Equal(0, (await world.Send("a")).Offset);
        Assert.Equal(2, nonsense.Hits);
        Assert.Equal(["0/0 a None"], world.Seen());
    });

    private static void Check(int times, Func<byte[], byte[]> change) => new ProducerWorld(ProducerWorld.Short()).Run(async world =>
    {
        await world.Send("a");
        long before = world.Cluster.Requests.Snapshot(ApiKey.Produce)[^1].Connection;
        AnswerChange nonsense = world.Change(Raw(times, change));
        Assert.Equal(1, (await world.Send("b")).Offset);
        Assert.Equal(times, nonsense.Hits);
        await world.Send("c");
        RecordedRequest[] produced = world.Cluster.Requests.Snapshot(ApiKey.Produce);
        Assert.NotEqual(before, produced[^1].Connection);
        Assert.Equal(["a", "b", "c"], world.LogValues());
    });

    // The bytes as they are to go out. The log of requests has the answer of the handler, not these.
    private static AnswerChange Raw(int times, Func<byte[], byte[]> change) => new(ApiKey.Produce, times, null, (_, frame) => change([.. frame]));

    private static byte[] Sized(byte[] frame)
    {
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length - sizeof(int));
        return frame;
    }
}
