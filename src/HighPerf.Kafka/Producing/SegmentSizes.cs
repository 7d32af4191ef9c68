using System.Numerics;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Producing;

/// <summary>
/// How long the next segment of a batch is. A batch begins with what the one before it took, and then doubles, so that a partition with a record now and
/// then holds a kilobyte and a busy one takes few segments. Memory follows the data, not the partitions.
/// </summary>
internal sealed class SegmentSizes
{
    public const int Shortest = 1024;

    /// <summary>
    /// The longest segment that holds more than one record. It is checksummed when it is full, while it is still in the core's own cache; and eight of them,
    /// what one system call sends without the framework allocating its vector, are half a megabyte.
    /// </summary>
    private const int LongestOfAll = 64 * 1024;


    /// <param name="memory">The producer's memory in bytes: a segment is not more than a sixteenth of it, unless a record is.</param>
    public SegmentSizes(long memory) => Longest = (int)Math.Clamp(1L << (BitOperations.Log2((ulong)memory / 16) & ~1), Shortest, LongestOfAll);

    /// <summary>The longest segment that holds more than one record.</summary>
    public int Longest { get; }

    /// <summary>The shortest segment that a record fits into which begins a batch.</summary>
    /// <param name="maxSize">The most bytes it takes.</param>
    public static int For(int maxSize) => Fit(maxSize + RecordBatchHeader.Size);

    /// <summary>The segment that a batch begins with.</summary>
    /// <param name="maxSize">The most bytes that the record takes which goes into it first.</param>
    /// <param name="usualLength">What the last batch of the partition took.</param>
    public int First(int maxSize, int usualLength) => Math.Max(For(maxSize), Fit(Math.Min(usualLength, Longest)));

    /// <summary>The segment that a batch goes on in.</summary>
    /// <param name="length">What it took so far.</param>
    /// <param name="left">How much more it may take.</param>
    public int Next(int maxSize, int length, int left) => Math.Max(For(maxSize), Fit(Math.Min(Math.Min(length, left), Longest)));

    // Powers of four up to the longest, so that there are few sizes, which seldom take turns in the pool; beyond it powers of two, to waste less.
    private static int Fit(int size)
    {
        int bits = BitOperations.Log2((uint)Math.Max(size, Shortest) - 1) + 1;
        return 1 << (bits + (size < LongestOfAll ? bits & 1 : 0));
    }
}
