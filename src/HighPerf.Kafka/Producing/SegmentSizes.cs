using System.Numerics;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Producing;

/// <summary>
/// How long the next segment of a batch is. A batch begins with what the one before it took, and then doubles, so that a partition with a record now and
/// then holds a kilobyte and a busy one takes few segments. Memory follows the data, not the partitions.
/// </summary>
internal static class SegmentSizes
{
    /// <summary>The shortest segment.</summary>
    public const int Smallest = 512;

    /// <summary>
    /// The longest segment that holds more than one record. It is checksummed when it is full, while it is still in the core's own cache; and eight of them,
    /// what one system call sends without the framework allocating its vector, are half a megabyte.
    /// </summary>
    public const int Largest = 64 * 1024;

    /// <summary>The memory that a record needs which comes to a partition without an open segment.</summary>
    /// <param name="maxSize">The most bytes it takes.</param>
    public static int For(int maxSize) => Fit(maxSize + RecordBatchHeader.Size);

    /// <summary>The segment that a batch begins with.</summary>
    /// <param name="maxSize">The most bytes that the record takes which goes into it first.</param>
    /// <param name="usualLength">What the last batch of the partition took.</param>
    public static int First(int maxSize, int usualLength) => Math.Max(For(maxSize), Fit(Math.Min(usualLength, Largest)));

    /// <summary>The segment that a batch goes on in.</summary>
    /// <param name="length">What it took so far.</param>
    /// <param name="left">How much more it may take.</param>
    public static int Next(int maxSize, int length, int left) => Math.Max(For(maxSize), Fit(Math.Min(Math.Min(length, left), Largest)));

    private static int Fit(int size) => (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(size, Smallest));
}
