using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing.Tests.Logs;

public sealed class RetentionTests
{
    [Fact]
    public void Old_records_go_by_themselves() => Simulate(
        async (broker, client, partition) =>
        {
            long now = (long)broker.Now.TotalMilliseconds;
            await client.CallAsync(Requests.Produce("t", 0, Batches.Of(["a", "b"], now)), 9);
            await broker.WaitAsync(TimeSpan.FromMinutes(4));
            Assert.Equal(0, partition.Log.StartOffset);

            // Brokers look every five minutes.
            await broker.WaitAsync(TimeSpan.FromMinutes(1.1));
            FetchResponse answer = await client.CallAsync(Requests.Fetch("t", 0, 0), 12);
            Assert.Equal(ErrorCode.OffsetOutOfRange, (ErrorCode)answer.Single().ErrorCode);
            Assert.Equal((2L, 2L, 0L), (partition.Log.StartOffset, partition.Log.EndOffset, partition.Log.SizeInBytes));
            Assert.Equal(2, (await client.CallAsync(Requests.Produce("t", 0, Batches.Of("c")), 9)).Single().BaseOffset);
        },
        ("log.retention.ms", "60000"));

    [Fact]
    public void Records_go_in_whole_segments_by_their_youngest_timestamp() => Simulate(
        async (broker, client, partition) =>
        {
            long now = (long)broker.Now.TotalMilliseconds;
            await client.CallAsync(Requests.Produce("t", 0, Batches.Of(["a"], now - 120_000)), 9);
            await client.CallAsync(Requests.Produce("t", 0, Batches.Of(["b"], now - 90_000)), 9);
            await client.CallAsync(Requests.Produce("t", 0, Batches.Of(["c"], now)), 9);
            await client.CallAsync(Requests.Produce("t", 0, Batches.Of(["d"], now - 120_000)), 9);
            await broker.Cluster.DropOldRecordsAsync("t", 0);

            // segment.ms is over between b and c; d is old and stands with c.
            Assert.Equal(2, partition.Log.StartOffset);
            Assert.Equal(["c", "d"], Batches.Values((await client.CallAsync(Requests.Fetch("t", 0, 2), 12)).Single().Records));
        },
        ("log.retention.ms", "60000"),
        ("log.roll.ms", "60000"));

    [Fact]
    public void What_is_not_on_all_replicas_does_not_go() => Simulate(
        async (broker, client, partition) =>
        {
            await broker.Cluster.PauseReplicationAsync("t", 0, 2);
            await client.CallAsync(Requests.Produce("t", 0, Batches.Of(["a"], 1000), acks: 1), 9);
            await broker.Cluster.DropOldRecordsAsync("t", 0);
            Assert.Equal(0, partition.Log.StartOffset);
            await broker.Cluster.ResumeReplicationAsync("t", 0, 2);
            await broker.Cluster.DropOldRecordsAsync("t", 0);
            Assert.Equal(1, partition.Log.StartOffset);
        },
        ("log.retention.ms", "60000"));

    [Fact]
    public void A_small_segment_size_rolls_often() => Simulate(
        async (_, client, partition) =>
        {
            for (int i = 0; i < 10; i++)
            {
                await client.CallAsync(Requests.Produce("t", 0, Batches.OfSize(300_000)), 9);
            }

            Assert.All(partition.Log.Segments, segment => Assert.InRange(segment.Length, 1, 1 << 20));
            Assert.True(partition.Log.Segments.Count >= 3);
        },
        ("log.segment.bytes", "1048576"));

    private static void Simulate(Func<TestBroker, RawClient, Partition, Task> test, params (string Name, string Value)[] settings)
    {
        KafkaTestClusterOptions options = new() { Brokers = 2, DefaultReplicationFactor = 2 };
        foreach ((string name, string value) in settings)
        {
            options.BrokerSettings[name] = value;
        }

        TestBroker.Simulate(
            async broker =>
            {
                await broker.CreateTopicAsync("t");
                await test(broker, await broker.ConnectAsync(), broker.Model.Topics.Find("t")!.Partitions[0]);
            },
            options);
    }
}
