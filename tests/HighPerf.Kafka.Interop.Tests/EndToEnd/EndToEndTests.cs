using HighPerf.Kafka.Interop.Tests.Peers;
using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Interop.Tests.EndToEnd;

/// <summary>Real records through servers and clients that others wrote; content compared byte for byte.</summary>
public sealed class EndToEndTests
{
    private const string Topic = "end-to-end";

    public static TheoryData<CompressionType> Codecs => [.. Enum.GetValues<CompressionType>()];

    [SkippableTheory]
    [MemberData(nameof(Codecs))]
    public async Task Our_producer_to_the_mock_cluster_to_our_consumer(CompressionType codec)
    {
        Librdkafka.Require();
        using LibrdkafkaMockCluster cluster = new(3);
        cluster.CreateTopic(Topic, 2, 1);
        List<PeerRecord> records = Payloads.All();

        await OurClient.ProduceAsync(cluster.BootstrapServers, Topic, codec, records);

        PeerRecord.AssertEqual(records, await OurClient.ConsumeAsync(cluster.BootstrapServers, Topic, asBatches: true));
        PeerRecord.AssertEqual(records, await OurClient.ConsumeAsync(cluster.BootstrapServers, Topic, asBatches: false));
    }

    [SkippableTheory]
    [MemberData(nameof(Codecs))]
    public async Task Our_producer_to_our_broker_to_kcat_and_python(CompressionType codec)
    {
        Kcat.Require();
        PythonKafka.Require();
        await using KafkaTestCluster cluster = await StartAsync();
        List<PeerRecord> records = Payloads.All();

        await OurClient.ProduceAsync(cluster.BootstrapServers, Topic, codec, records);

        PeerRecord.AssertEqual(records, await PythonKafka.ConsumeAsync(cluster.BootstrapServers, Topic));
        List<PeerRecord> byKcat = await Kcat.ConsumeAsync(cluster.BootstrapServers, Topic, 0);
        PeerRecord.AssertEqual(records, byKcat.Concat(await Kcat.ConsumeAsync(cluster.BootstrapServers, Topic, 1)));
    }

    [SkippableTheory]
    [MemberData(nameof(Codecs))]
    public async Task Python_to_our_broker_to_our_consumer(CompressionType codec)
    {
        PythonKafka.Require();
        await using KafkaTestCluster cluster = await StartAsync();

        // It refuses to send a record that has neither key nor value.
        List<PeerRecord> records = [.. Payloads.All().Where(static record => record.Key is not null || record.Value is not null)];

        await PythonKafka.ProduceAsync(cluster.BootstrapServers, Topic, codec.ToString().ToLowerInvariant(), records);

        PeerRecord.AssertEqual(records, await OurClient.ConsumeAsync(cluster.BootstrapServers, Topic, asBatches: true));
        PeerRecord.AssertEqual(records, await OurClient.ConsumeAsync(cluster.BootstrapServers, Topic, asBatches: false));
    }

    [SkippableTheory]
    [MemberData(nameof(Codecs))]
    public async Task Kcat_to_our_broker_to_our_consumer(CompressionType codec)
    {
        Kcat.Require();
        await using KafkaTestCluster cluster = await StartAsync();
        (string Key, string Value)[] sent = [("k", "first"), ("", "no key"), ("tombstone", ""), ("ключ", "значение"), .. Many()];
        string name = codec.ToString().ToLowerInvariant();

        await Kcat.ProduceAsync(cluster.BootstrapServers, Topic, 0, name, sent, "h=1", "h=two");
        string file = Path.GetTempFileName();
        byte[] large = new byte[900_000];
        new Random(3).NextBytes(large);
        await File.WriteAllBytesAsync(file, large);
        await Kcat.ProduceFileAsync(cluster.BootstrapServers, Topic, 1, name, file);
        File.Delete(file);

        List<PeerRecord> read = await OurClient.ConsumeAsync(cluster.BootstrapServers, Topic, asBatches: true);
        (string, byte[]?)[] headers = [("h", "1"u8.ToArray()), ("h", "two"u8.ToArray())];
        List<PeerRecord> expected = [.. sent.Select(pair => new PeerRecord(0, Bytes(pair.Key), Bytes(pair.Value), 0, headers)), new(1, null, large, 0, [])];
        PeerRecord.AssertEqual(expected, read.Select(static record => record with { Timestamp = 0 }));
    }

    private static IEnumerable<(string Key, string Value)> Many() => Enumerable.Range(0, 2000).Select(static i => ($"key-{i % 10}", $"value number {i}"));

    private static byte[]? Bytes(string text) => text.Length == 0 ? null : System.Text.Encoding.UTF8.GetBytes(text);

    private static async Task<KafkaTestCluster> StartAsync()
    {
        KafkaTestCluster cluster = await KafkaTestCluster.StartAsync(new KafkaTestClusterOptions
        {
            Transport = KafkaTestTransport.Tcp,
            MaxMessageBytes = 16 * 1024 * 1024,
        });
        await cluster.CreateTopicAsync(Topic, 2);
        return cluster;
    }
}
