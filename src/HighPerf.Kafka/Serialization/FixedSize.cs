namespace HighPerf.Kafka.Serialization;

/// <summary>The complaint of deserialisers whose values all take the same number of bytes.</summary>
internal static class FixedSize
{
    public static FormatException Wrong<T>(int size, ReadOnlySpan<byte> data, bool isNull) =>
        new($"A {typeof(T).Name} takes {size} byte{(size == 1 ? "" : "s")}, not {(isNull ? "null" : data.Length.ToString())}.");
}
