using System.Text;
using HighPerf.Kafka.Integration.Tests.Servers;

namespace HighPerf.Kafka.Integration.Tests;

/// <summary>What producers promise, on every server.</summary>
public sealed class ProducingTests
{
    public static TheoryData<ServerKind> Servers => TestServer.All;

    public static TheoryData<ServerKind, CompressionType> ServersAndCodecs
    {
        get
        {
            TheoryData<ServerKind, CompressionType> rows = [];
            foreach (ServerKind kind in TestServer.Kinds)
            {
                foreach (CompressionType codec in Enum.GetValues<CompressionType>())
                {
                    rows.Add(kind, codec);
                }
            }

            return rows;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(ServersAndCodecs))]
    public async Task Records_come_back_as_they_were_sent(ServerKind kind, CompressionType codec)
    {
        await using TestServer server = await TestServer.StartAsync(kind);
        string topic = await server.CreateTopicAsync(1);
        await using KafkaClient client = server.CreateClient();
        await using KafkaProducer<string?, string?> producer = client.CreateProducer<string?, string?>(new ProducerOptions { Compression = codec });
        (string? Key, string? Value)[] sent =
        [
            ("key", "value"), (null, "no key"), ("tombstone", null), ("", ""), (null, null), ("ключ", "значение"), ("large", new string('x', 300_000)),
            .. Enumerable.Range(0, 300).Select(static i => ((string?)$"k{i % 7}", (string?)$"the value number {i}")),
        ];
        List<Task<RecordMetadata>> sends = [.. sent.Select(record => producer.SendAsync(topic, record.Key, record.Value).AsTask())];
        RecordMetadata[] acknowledged = await Task.WhenAll(sends).WaitAsync(Reading.Limit);

        Assert.Equal(Enumerable.Range(0, sent.Length).Select(static i => (long)i), acknowledged.Select(static where => where.Offset));
        List<ConsumedRecord<string?, string?>>[] read = await Reading.ReadAllAsync(client, topic, 1);
        Assert.Equal(sent, read[0].Select(static record => (record.Key, record.Value)));
    }

    [SkippableTheory]
    [MemberData(nameof(Servers))]
    public async Task P17_a_key_goes_where_every_Kafka_client_puts_it(ServerKind kind)
    {
        await using TestServer server = await TestServer.StartAsync(kind);
        string topic = await server.CreateTopicAsync(8);
        await using KafkaClient client = server.CreateClient();
        await using KafkaProducer<string, string> producer = client.CreateProducer<string, string>();

        // murmur2 as the Java client computes it: 21, foobar, a-little-bit-long-string and others are that client's own known answers.
        Dictionary<string, uint> known = new()
        {
            ["21"] = unchecked((uint)-973932308), ["foobar"] = unchecked((uint)-790332482), ["a-little-bit-long-string"] = unchecked((uint)-985981536),
            ["a-little-bit-longer-string"] = unchecked((uint)-1486304829), ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8"] = unchecked((uint)-58897971),
        };
        foreach ((string key, uint hash) in known)
        {
            RecordMetadata where = await producer.SendAsync(topic, key, "value");
            Assert.Equal((int)((hash & 0x7fffffff) % 8), where.Partition);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Servers))]
    public async Task Every_level_of_acknowledgement_delivers(ServerKind kind)
    {
        await using TestServer server = await TestServer.StartAsync(kind);
        string topic = await server.CreateTopicAsync(1);
        await using KafkaClient client = server.CreateClient();
        Acks[] levels = (server.Features & ServerFeatures.AcksNone) == 0 ? [Acks.All, Acks.Leader] : [Acks.All, Acks.Leader, Acks.None];
        foreach (Acks acks in levels)
        {
            await using KafkaProducer<string, string> producer = client.CreateProducer<string, string>(
                new ProducerOptions { Acks = acks, EnableIdempotence = acks == Acks.All });
            for (int i = 0; i < 50; i++)
            {
                await producer.SendAsync(topic, "k", $"{acks} {i}");
            }

            await producer.FlushAsync();
        }

        // Nothing tells when the records of acks=0 are there, but a reader sees them.
        await using KafkaConsumer<string, string> consumer = client.CreateConsumer<string, string>();
        consumer.Assign(new TopicPartitionOffset(topic, 0, TopicPartitionOffset.Beginning));
        List<string> read = [];
        while (read.Count < 50 * levels.Length)
        {
            read.Add((await Reading.NextAsync(consumer)).Value);
        }

        foreach (Acks acks in levels)
        {
            string prefix = $"{acks} ";
            Assert.Equal(Enumerable.Range(0, 50).Select(i => $"{prefix}{i}"), read.Where(value => value.StartsWith(prefix, StringComparison.Ordinal)));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Servers))]
    public async Task Threads_and_partitions_nothing_lost_doubled_or_reordered(ServerKind kind)
    {
        const int Threads = 4;
        const int Partitions = 8;
        const int PerThread = 5_000;
        await using TestServer server = await TestServer.StartAsync(kind);
        string topic = await server.CreateTopicAsync(Partitions);
        await using KafkaClient client = server.CreateClient();
        await using KafkaProducer<string?, string?> producer = client.CreateProducer<string?, string?>();
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Run(async () =>
        {
            for (int i = 0; i < PerThread; i++)
            {
                await producer.EnqueueAsync(new ProduceRecord<string?, string?>(topic, $"{thread}", $"{i}") { Partition = i % Partitions });
            }
        }))).WaitAsync(Reading.Limit);
        await producer.FlushAsync();

        List<ConsumedRecord<string?, string?>>[] read = await Reading.ReadAllAsync(client, topic, Partitions);
        for (int partition = 0; partition < Partitions; partition++)
        {
            for (int thread = 0; thread < Threads; thread++)
            {
                IEnumerable<int> expected = Enumerable.Range(0, PerThread).Where(i => i % Partitions == partition);
                string key = $"{thread}";
                Assert.Equal(expected.Select(static i => $"{i}"), read[partition].Where(record => record.Key == key).Select(static record => record.Value!));
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Servers))]
    public async Task A_leader_that_moves_back_and_forth_is_followed(ServerKind kind)
    {
        await using TestServer server = await TestServer.StartAsync(kind, ServerFeatures.LeaderMoves);
        string topic = await server.CreateTopicAsync(1);
        await using KafkaClient client = server.CreateClient();
        await using KafkaProducer<string?, string?> producer = client.CreateProducer<string?, string?>();
        List<Task<RecordMetadata>> sends = [];
        for (int i = 0; i < 300; i++)
        {
            if (i % 50 == 0)
            {
                await server.MoveLeaderAsync(topic, 0, 1 + (i / 50 % 3));
            }

            sends.Add(producer.SendAsync(topic, "k", $"{i}").AsTask());
            if (i % 10 == 9)
            {
                await sends[^1].WaitAsync(Reading.Limit);
            }
        }

        await Task.WhenAll(sends).WaitAsync(Reading.Limit);
        List<ConsumedRecord<string?, string?>>[] read = await Reading.ReadAllAsync(client, topic, 1);
        Assert.Equal(Enumerable.Range(0, 300).Select(static i => $"{i}"), read[0].Select(static record => record.Value!));
    }

    [SkippableTheory]
    [MemberData(nameof(Servers))]
    public async Task A_broker_that_goes_and_comes_back_loses_nothing(ServerKind kind)
    {
        await using TestServer server = await TestServer.StartAsync(kind, ServerFeatures.BrokerRestarts);
        string topic = await server.CreateTopicAsync(3);
        await using KafkaClient client = server.CreateClient();
        await using KafkaProducer<string?, string?> producer = client.CreateProducer<string?, string?>();
        List<Task<RecordMetadata>> sends = [];
        for (int i = 0; i < 300; i++)
        {
            switch (i)
            {
                case 100:
                    await server.StopBrokerAsync(2);
                    break;
                case 200:
                    await server.StartBrokerAsync(2);
                    break;
            }

            sends.Add(producer.SendAsync(new ProduceRecord<string?, string?>(topic, "k", $"{i}") { Partition = i % 3 }).AsTask());
        }

        await Task.WhenAll(sends).WaitAsync(Reading.Limit);
        List<ConsumedRecord<string?, string?>>[] read = await Reading.ReadAllAsync(client, topic, 3);
        for (int partition = 0; partition < 3; partition++)
        {
            IEnumerable<int> expected = Enumerable.Range(0, 300).Where(i => i % 3 == partition);
            Assert.Equal(expected.Select(static i => $"{i}"), read[partition].Select(static record => record.Value!));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Servers))]
    public async Task A_record_too_large_for_the_topic_fails_alone(ServerKind kind)
    {
        await using TestServer server = await TestServer.StartAsync(kind, ServerFeatures.MessageSizeLimit);
        string topic = await server.CreateTopicAsync(1, ("max.message.bytes", "20000"));
        await using KafkaClient client = server.CreateClient();
        await using KafkaProducer<string?, string?> producer = client.CreateProducer<string?, string?>();
        await producer.SendAsync(topic, "k", "before");
        KafkaProduceException refused = await Assert.ThrowsAsync<KafkaProduceException>(
            () => producer.SendAsync(topic, "k", new string('x', 30_000)).AsTask().WaitAsync(Reading.Limit));
        Assert.Equal(ErrorCode.MessageTooLarge, refused.Code);
        Assert.Equal(DeliveryOutcome.NotWritten, refused.Outcome);
        await producer.SendAsync(topic, "k", "after").AsTask().WaitAsync(Reading.Limit);
        List<ConsumedRecord<string?, string?>>[] read = await Reading.ReadAllAsync(client, topic, 1);
        Assert.Equal(["before", "after"], read[0].Select(static record => record.Value!));
    }
}
