using System.Text;
using HighPerf.Kafka.Interop.Tests.Peers;

namespace HighPerf.Kafka.Interop.Tests.EndToEnd;

/// <summary>Records of every kind that a client can get wrong.</summary>
internal static class Payloads
{
    public const long Timestamp = 1_700_000_000_123;

    /// <summary>
    /// Over two partitions: null, empty, binary, large and ordinary keys and values, headers of every kind, timestamps that go back; then many like an
    /// application's.
    /// </summary>
    public static List<PeerRecord> All()
    {
        List<PeerRecord> records =
        [
            new(0, Bytes("key"), Bytes("value"), Timestamp, []),
            new(0, null, Bytes("no key"), Timestamp, []),
            new(0, [], Bytes("empty key"), Timestamp + 5, []),
            new(0, Bytes("empty value"), [], Timestamp - 7, []),
            new(0, Bytes("tombstone"), null, Timestamp, []),
            new(0, null, null, Timestamp, []),
            new(0, [], [], Timestamp, []),
            new(0, [0, 1, 2, 10, 13, 255], [0xff, 0xfe, 0, 9], Timestamp, [("h", Bytes("1")), ("h", Bytes("2")), ("empty", [])]),
            new(0, Bytes("héadérs"), Bytes("välue ☃ 𐍈"), Timestamp, [("ключ", Bytes("значение")), ("n", Bytes(new string('x', 300)))]),
            new(1, Noise(1000, 1), Noise(700_000, 2), Timestamp + 1, []),
            new(1, Bytes("large and even"), new byte[500_000], Timestamp + 2, []),
        ];
        for (int i = 0; i < 500; i++)
        {
            byte[] json = Bytes($$"""{"id":{{i}},"name":"customer {{i * 7919}}","active":true}""");
            records.Add(new PeerRecord(i % 2, Bytes($"user-{i % 17}"), json, Timestamp + i, []));
        }

        return [.. records.OrderBy(static record => record.Partition)];
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Noise(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
