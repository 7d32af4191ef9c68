using System.Text;
using HighPerf.Kafka.Interop.Tests.Peers;

namespace HighPerf.Kafka.Interop.Tests;

/// <summary>Strangers among themselves: what kcat and python3-kafka write into librdkafka's mock cluster they read again through our test code.</summary>
public sealed class StrangersTests
{
    private const long Timestamp = 1_700_000_000_123;

    public static TheoryData<string> Codecs => ["none", "gzip", "snappy", "lz4", "zstd"];

    [SkippableTheory]
    [MemberData(nameof(Codecs))]
    public async Task What_kcat_writes_both_read(string codec)
    {
        Librdkafka.Require();
        Kcat.Require();
        PythonKafka.Require();
        using LibrdkafkaMockCluster cluster = new();
        cluster.CreateTopic("words", 1);

        await Kcat.ProduceAsync(cluster.BootstrapServers, "words", 0, codec, [("k", "first"), ("", "no key"), ("tombstone", "")], "h=1", "h=two");

        (string Name, byte[]? Value)[] headers = [("h", Bytes("1")), ("h", Bytes("two"))];
        string[] expected =
        [
            new PeerRecord(0, Bytes("k"), Bytes("first"), 0, headers).Describe(),
            new PeerRecord(0, null, Bytes("no key"), 0, headers).Describe(),
            new PeerRecord(0, Bytes("tombstone"), null, 0, headers).Describe(),
        ];
        Assert.Equal(expected, (await Kcat.ConsumeAsync(cluster.BootstrapServers, "words", 0)).Select(record => (record with { Timestamp = 0 }).Describe()));
        List<PeerRecord> byPython = await PythonKafka.ConsumeAsync(cluster.BootstrapServers, "words");
        Assert.Equal(expected, byPython.Select(record => (record with { Timestamp = 0 }).Describe()));
    }

    [SkippableTheory]
    [MemberData(nameof(Codecs))]
    public async Task What_python_writes_both_read(string codec)
    {
        Librdkafka.Require();
        Kcat.Require();
        PythonKafka.Require();
        using LibrdkafkaMockCluster cluster = new();
        cluster.CreateTopic("words", 2);
        PeerRecord[] records =
        [
            new(0, Bytes("k"), [0, 1, 2, 10, 13, 255], Timestamp, []),
            new(0, null, [], Timestamp + 1, [("empty", [])]),
            new(0, [], null, Timestamp - 1, [("a", Bytes("1")), ("a", Bytes("2"))]),
            new(1, Bytes("large"), new byte[200_000], Timestamp, []),
        ];

        await PythonKafka.ProduceAsync(cluster.BootstrapServers, "words", codec, records);

        PeerRecord.AssertEqual(records, await PythonKafka.ConsumeAsync(cluster.BootstrapServers, "words"));
        List<PeerRecord> first = await Kcat.ConsumeAsync(cluster.BootstrapServers, "words", 0);
        PeerRecord.AssertEqual(records, first.Concat(await Kcat.ConsumeAsync(cluster.BootstrapServers, "words", 1)));
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
