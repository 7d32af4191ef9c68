using System.Text;

namespace HighPerf.Kafka.Interop.Tests.Peers;

/// <summary>A record as the tests compare it: null and empty are different things, headers keep their order.</summary>
internal sealed record PeerRecord(int Partition, byte[]? Key, byte[]? Value, long Timestamp, IReadOnlyList<(string Name, byte[]? Value)> Headers)
{
    public long Offset { get; init; } = -1;

    /// <summary>Everything but the offset as one line, long content by its length and hash, so that two lists can be compared and read.</summary>
    public string Describe()
    {
        string headers = string.Join(", ", Headers.Select(header => $"{header.Name}={Show(header.Value)}"));
        return $"partition {Partition} key {Show(Key)} value {Show(Value)} timestamp {Timestamp} headers [{headers}]";
    }

    public static void AssertEqual(IEnumerable<PeerRecord> expected, IEnumerable<PeerRecord> actual) =>
        Assert.Equal(expected.Select(record => record.Describe()), actual.Select(record => record.Describe()));

    private static string Show(byte[]? bytes) => bytes switch
    {
        null => "null",
        { Length: <= 24 } => $"\"{Encoding.Latin1.GetString(bytes)}\"",
        _ => $"{bytes.Length} bytes {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(bytes))}",
    };
}
