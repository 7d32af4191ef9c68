using System.Text;

namespace HighPerf.Kafka.Protocol.Tests.Compression;

/// <summary>What the codecs are tried on. Every input is the same in every run.</summary>
internal static class CodecInputs
{
    private static readonly string[] Words =
    [
        "the", "order", "was", "sent", "to", "broker", "partition", "and", "acknowledged", "by", "leader", "epoch", "with", "offset", "of", "a",
        "customer", "whose", "address", "is", "not", "known", "in", "this", "region", "replica", "consumer", "group", "commit", "time", "rebalance", "value",
    ];

    public static IReadOnlyList<string> Names { get; } =
        ["empty", "one byte", "text", "json", "random", "all equal", "records", "small", "text 10 MB", "random 10 MB", "all equal 10 MB"];

    public static byte[] Create(string name) => name switch
    {
        "empty" => [],
        "one byte" => [42],
        "text" => Text(1_000_000),
        "json" => Json(1_000_000),
        "random" => RandomBytes(1_000_000),
        "all equal" => AllEqual(1_000_000),
        "records" => Records(1_000_000),
        "small" => Json(10_000),
        "text 10 MB" => Text(10_000_000),
        "random 10 MB" => RandomBytes(10_000_000),
        "all equal 10 MB" => AllEqual(10_000_000),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "No such input."),
    };

    public static byte[] Text(int length)
    {
        Random random = new(1);
        StringBuilder text = new();
        while (text.Length < length)
        {
            // The square prefers the first words, as language does.
            double draw = random.NextDouble();
            text.Append(Words[(int)(draw * draw * Words.Length)]).Append(random.Next(12) == 0 ? ".\n" : " ");
        }

        return Encoding.ASCII.GetBytes(text.ToString(0, length));
    }

    public static byte[] Json(int length)
    {
        Random random = new(2);
        StringBuilder text = new();
        for (int i = 0; text.Length < length; i++)
        {
            text.Append("{\"id\":").Append(i).Append(",\"customer\":\"c-").Append(random.Next(5000))
                .Append("\",\"amount\":").Append(random.Next(100_000) / 100.0)
                .Append(",\"currency\":\"EUR\",\"items\":[{\"sku\":\"").Append(random.NextInt64(1L << 40).ToString("x"))
                .Append("\",\"quantity\":").Append(random.Next(1, 9)).Append("}],\"paid\":").Append(random.Next(2) == 0 ? "true" : "false").Append("}\n");
        }

        return Encoding.ASCII.GetBytes(text.ToString(0, length));
    }

    public static byte[] RandomBytes(int length, int seed = 3)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static byte[] AllEqual(int length)
    {
        byte[] bytes = new byte[length];
        bytes.AsSpan().Fill((byte)'x');
        return bytes;
    }

    /// <summary>Looks like the records of a batch: small varints, an 8-byte key and a value of 90 bytes of which a part repeats.</summary>
    public static byte[] Records(int length)
    {
        Random random = new(4);
        byte[] bytes = new byte[length + 256];
        byte[] template = Text(4096);
        int at = 0;
        for (int i = 0; at < length; i++)
        {
            Span<byte> record = bytes.AsSpan(at, 107);
            record[0] = 0xD4;
            record[1] = 0x01;
            record[2] = 0;
            record[3] = (byte)(i & 0x7F);
            record[4] = (byte)((i >> 1) & 0x7F);
            record[5] = 16;
            random.NextBytes(record.Slice(6, 8));
            record[14] = 180;
            record[15] = 1;
            template.AsSpan(random.Next(template.Length - 90), 70).CopyTo(record[16..]);
            random.NextBytes(record.Slice(86, 20));
            record[106] = 0;
            at += record.Length;
        }

        return bytes[..length];
    }
}
