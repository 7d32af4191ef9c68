using System.Text;

namespace HighPerf.Kafka.Interop.Tests.Codecs;

/// <summary>What is compressed. Every input is the same in every run.</summary>
internal static class ZstdInputs
{
    public static IReadOnlyList<string> Names { get; } =
        ["empty", "one byte", "all equal", "random", "text", "json", "records", "skewed", "text 10 MB", "random 10 MB"];

    public static byte[] Create(string name) => name switch
    {
        "empty" => [],
        "one byte" => [200],
        "all equal" => [.. Enumerable.Repeat((byte)7, 700_000)],
        "random" => RandomBytes(300_000),
        "random 10 MB" => RandomBytes(10_000_000),
        "text" => Text(1_000_000),
        "text 10 MB" => Text(10_000_000),
        "json" => Json(1_000_000),
        "records" => Records(1_000_000),
        "skewed" => [.. RandomBytes(400_000).Select(b => (byte)(b & (b >> 2) & (b << 1)))],
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "No such input."),
    };

    private static byte[] RandomBytes(int length)
    {
        byte[] bytes = new byte[length];
        new Random(11).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Words of a vocabulary of 3000, the first ones much more often than the last.</summary>
    private static byte[] Text(int length)
    {
        Random random = new(12);
        string[] words = [.. Enumerable.Range(0, 3000).Select(_ => Word(random))];
        StringBuilder text = new();
        while (text.Length < length)
        {
            double draw = random.NextDouble();
            text.Append(words[(int)(draw * draw * draw * words.Length)]).Append(random.Next(12) == 0 ? ".\n" : " ");
        }

        return Encoding.ASCII.GetBytes(text.ToString(0, length));
    }

    private static byte[] Json(int length)
    {
        Random random = new(13);
        StringBuilder text = new();
        for (int i = 0; text.Length < length; i++)
        {
            text.Append($"{{\"id\":{i},\"customer\":\"c-{random.Next(5000)}\",");
            text.Append($"\"amount\":{random.Next(100_000)},\"sku\":\"{random.NextInt64(1L << 40):x}\"}}\n");
        }

        return Encoding.ASCII.GetBytes(text.ToString(0, length));
    }

    /// <summary>As in a batch: small varints, a key, and a value of which a part repeats.</summary>
    private static byte[] Records(int length)
    {
        Random random = new(14);
        using MemoryStream records = new();
        for (int i = 0; records.Length < length; i++)
        {
            string order = $"order {i} of user-{random.Next(2000)}: {random.Next(100)} of SKU-{random.Next(10_000):d5}, {random.NextInt64():x}";
            byte[] value = Encoding.ASCII.GetBytes(order);
            records.Write([(byte)(value.Length * 2 + 20), 1, 0, (byte)(i & 127), (byte)(i >> 2 & 127), 16]);
            records.Write(BitConverter.GetBytes(random.NextInt64(1L << 30)));
            records.Write([(byte)(value.Length * 2), 0]);
            records.Write(value);
            records.WriteByte(0);
        }

        return records.ToArray()[..length];
    }

    private static string Word(Random random) => string.Concat(Enumerable.Range(0, random.Next(2, 10)).Select(_ => (char)('a' + random.Next(26))));
}
