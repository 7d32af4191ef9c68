namespace HighPerf.Kafka.Interop.Tests.ConfluentClient;

using System.Text;
using Confluent.Kafka;
using HighPerf.Kafka.Interop.Tests.Peers;
using HighPerf.Kafka.Interop.Tests.Scenarios;

/// <summary>Where Confluent.Kafka's consumer starts to read: by time, by offset, at either end.</summary>
public sealed class OffsetTests
{
    private const string Topic = "times";

    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(10);

    [SkippableFact]
    public Task Offsets_are_found_by_time() => RunAsync((scenario, consumer) =>
    {
        // The first record of a time not before the one asked for; behind the last there is none, and a partition without records has none.
        Assert.Equal(["0", "0", "2", "3", "End [-1]"], new long[] { 0, 1000, 1011, 1025, 1041 }.Select(time => At(consumer, 0, time)));
        Assert.Equal("End [-1]", At(consumer, 1, 0));
    });

    [SkippableFact]
    public Task Reading_starts_at_an_offset_or_at_an_end() => RunAsync((scenario, consumer) =>
    {
        TopicPartition partition = new(Topic, 0);
        Assert.Equal((0, 5), Watermarks(consumer, partition));
        Assert.Equal((0, 0), Watermarks(consumer, new TopicPartition(Topic, 1)));

        // librdkafka counts -2000 and below from the end.
        foreach ((Offset from, string expected) in new[] { (Offset.Beginning, "0 1 2 3 4"), (new(3), "3 4"), (Offset.End, ""), (new(-2002), "3 4") })
        {
            consumer.Assign(new TopicPartitionOffset(partition, from));
            Assert.Equal(expected, ReadToEnd(consumer, scenario.Limit));
            Assert.Equal(5, Position(consumer, partition, from));
        }
    });

    [SkippableFact]
    public Task An_offset_that_is_not_there_falls_to_the_reset_policy() => RunAsync((scenario, consumer) =>
    {
        scenario.Log.Expect("(?i)out of range|reset|no such offset");
        consumer.Assign(new TopicPartitionOffset(Topic, 0, 500));
        Assert.Equal("0 1 2 3 4", ReadToEnd(consumer, scenario.Limit));
    });

    private static Task RunAsync(Action<Scenario, IConsumer<byte[]?, byte[]?>> story)
    {
        ConfluentLibrary.Require();
        return Scenario.RunAsync(async scenario =>
        {
            ConfluentClients clients = new(scenario.BootstrapServers, scenario.Log);
            await scenario.CreateTopicAsync(Topic, 2);
            using (IProducer<byte[]?, byte[]?> producer = clients.CreateProducer())
            {
                await ConfluentRecords.SendAsync(
                    producer, Topic, Enumerable.Range(0, 5).Select(static i => new PeerRecord(0, null, Encoding.UTF8.GetBytes($"{i}"), 1000 + (i * 10), [])),
                    scenario.Limit);
            }

            using IConsumer<byte[]?, byte[]?> consumer = clients.CreateConsumer(null);
            story(scenario, consumer);
        });
    }

    private static string At(IConsumer<byte[]?, byte[]?> consumer, int partition, long time)
    {
        TopicPartitionTimestamp asked = new(Topic, partition, new Timestamp(time, TimestampType.CreateTime));
        return Assert.Single(consumer.OffsetsForTimes([asked], Wait)).Offset.ToString();
    }

    private static (long Low, long High) Watermarks(IConsumer<byte[]?, byte[]?> consumer, TopicPartition partition)
    {
        WatermarkOffsets offsets = consumer.QueryWatermarkOffsets(partition, Wait);
        return (offsets.Low.Value, offsets.High.Value);
    }

    /// <summary>Who has read nothing has no position of its own; the end is where it stands.</summary>
    private static long Position(IConsumer<byte[]?, byte[]?> consumer, TopicPartition partition, Offset from) =>
        from == Offset.End ? Watermarks(consumer, partition).High : consumer.Position(partition).Value;

    private static string ReadToEnd(IConsumer<byte[]?, byte[]?> consumer, CancellationToken limit)
    {
        List<string> values = [];
        for (ConsumeResult<byte[]?, byte[]?> result = consumer.Consume(limit); !result.IsPartitionEOF; result = consumer.Consume(limit))
        {
            values.Add(Encoding.UTF8.GetString(result.Message.Value!));
        }

        return string.Join(' ', values);
    }
}
