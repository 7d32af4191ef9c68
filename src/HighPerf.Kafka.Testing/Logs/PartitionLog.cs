using System.Buffers.Binary;
using System.Numerics;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing.Logs;

/// <summary>
/// The records of one partition: batches as producers sent them, back to back in segments. An append copies a batch once and sets its base offset and leader
/// epoch, which lie before the checksummed part; a read hands out slices of the segments. What was handed out is never written over: a log that is cut off or
/// compacted goes on in new segments. Owner: the cluster's loop.
/// </summary>
internal sealed partial class PartitionLog
{
    private const int FirstSegment = 16 * 1024;
    private const int LargestSegment = 4 * 1024 * 1024;
    private const int SegmentsKept = 4;

    /// <summary>Behind base offset and length, as the base offset outside the checksum.</summary>
    private const int LeaderEpochPosition = RecordBatchHeader.LogOverhead;

    private readonly List<LogSegment> _segments = [];
    private readonly TopicConfig _config;

    public PartitionLog(TopicConfig config, LogSegmentPool pool)
    {
        _config = config;
        Pool = pool;
    }

    /// <summary>Where the segments come from and go to.</summary>
    public LogSegmentPool Pool { get; }

    /// <summary>Which leader wrote what.</summary>
    public LeaderEpochs Epochs { get; } = new();

    /// <summary>The first offset that is still there. It may lie within a batch.</summary>
    public long StartOffset { get; private set; }

    /// <summary>The offset that the next record gets.</summary>
    public long EndOffset { get; private set; }

    public long SizeInBytes => _segments.Count == 0 ? 0 : EndPosition - _segments[0].StartPosition;

    public IReadOnlyList<LogSegment> Segments => _segments;

    private long EndPosition => _segments.Count == 0 ? 0 : _segments[^1].EndPosition;

    /// <summary>Segments double in size, so that a partition with little data takes little memory.</summary>
    public static int CapacityAfter(LogSegment? last) => last is null ? FirstSegment : Math.Min(2 * last.Capacity, LargestSegment);

    /// <summary>Appends one validated batch and returns its base offset.</summary>
    /// <param name="appendTime">The time that all its records get, in milliseconds; -1: they keep their own.</param>
    public long Append(ReadOnlySpan<byte> batch, in RecordBatchHeader header, int leaderEpoch, long appendTime)
    {
        long maxTimestamp = appendTime >= 0 ? appendTime : header.MaxTimestamp;
        LogSegment segment = SegmentFor(batch.Length, maxTimestamp);
        Span<byte> stored = segment.Reserve(batch.Length);
        batch.CopyTo(stored);
        long baseOffset = EndOffset;
        BinaryPrimitives.WriteInt64BigEndian(stored, baseOffset);
        BinaryPrimitives.WriteInt32BigEndian(stored[LeaderEpochPosition..], leaderEpoch);
        if (appendTime >= 0)
        {
            StampAppendTime(stored, appendTime);
        }

        long lastOffset = baseOffset + header.LastOffsetDelta;
        segment.Commit(new StoredBatch(baseOffset, lastOffset, segment.Length, batch.Length, maxTimestamp, leaderEpoch));
        EndOffset = lastOffset + 1;
        Epochs.Assign(leaderEpoch, baseOffset);
        return baseOffset;
    }

    /// <summary>
    /// Adds slices from the batch that holds <paramref name="offset"/> up to <paramref name="endOffset"/>, and returns their bytes: at most
    /// <paramref name="maxBytes"/>, where the last batch may be cut off (a client drops what is not whole). With <paramref name="wholeFirst"/> the first batch
    /// comes whole however large it is (KIP-74); without it, and with no room for the first batch, nothing comes.
    /// </summary>
    public int Read(long offset, long endOffset, int maxBytes, bool wholeFirst, List<LogSlice> slices)
    {
        if (!TryFind(offset, out LogPosition position))
        {
            return 0;
        }

        StoredBatch first = position.Batch;
        long available = PositionOf(endOffset) - position.Absolute;
        if (available <= 0 || (first.Length > maxBytes && !wholeFirst))
        {
            return 0;
        }

        int limit = (int)Math.Min(available, Math.Max(first.Length, maxBytes));
        int total = 0;
        int start = first.Position;
        for (int i = position.SegmentIndex; total < limit; i++)
        {
            LogSegment segment = _segments[i];
            int count = Math.Min(segment.Length - start, limit - total);
            slices.Add(new LogSlice(segment, start, count));
            total += count;
            start = 0;
        }

        return total;
    }

    /// <summary>How many bytes the batches from the one that holds the first offset up to the second one have.</summary>
    public long BytesBetween(long offset, long endOffset) => Math.Max(0, PositionOf(endOffset) - PositionOf(offset));

    /// <summary>
    /// The first offset of the batch behind the bytes that <see cref="Read"/> gave, one that is cut off counted as given; without one the end of the log.
    /// </summary>
    public long OffsetBehind(long offset, int bytes)
    {
        long end = PositionOf(offset) + bytes;
        foreach (LogSegment segment in _segments)
        {
            if (end < segment.EndPosition)
            {
                return segment.BaseOffsetFrom((int)Math.Max(end - segment.StartPosition, 0));
            }
        }

        return EndOffset;
    }

    /// <summary>The batch that holds the offset or, where the offset lies in a gap, the next one. False at the end of the log.</summary>
    public bool TryFind(long offset, out LogPosition position)
    {
        position = default;
        if (offset >= EndOffset)
        {
            return false;
        }

        int low = 0;
        int high = _segments.Count;
        while (low < high)
        {
            int middle = (int)((uint)(low + high) >> 1);
            if (_segments[middle].LastOffset < offset)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        if (low == _segments.Count)
        {
            return false;
        }

        position = new LogPosition(_segments[low], low, _segments[low].Find(offset));
        return true;
    }

    /// <summary>The largest timestamp of the batch with the offset, or behind it; the largest possible one at the end of the log.</summary>
    public long TimestampAt(long offset) => TryFind(offset, out LogPosition position) ? position.Batch.MaxTimestamp : long.MaxValue;

    /// <summary>The first batch that has a record at or after the timestamp.</summary>
    public bool TryFindTime(long timestamp, out LogPosition position)
    {
        for (int i = 0; i < _segments.Count; i++)
        {
            LogSegment segment = _segments[i];
            if (segment.MaxTimestamp < timestamp)
            {
                continue;
            }

            for (int b = 0; b < segment.Batches.Count; b++)
            {
                if (segment.Batches[b].MaxTimestamp >= timestamp)
                {
                    position = new LogPosition(segment, i, b);
                    return true;
                }
            }
        }

        position = default;
        return false;
    }

    /// <summary>The first batch that has the largest timestamp of the log.</summary>
    public bool TryFindMaxTime(out LogPosition position)
    {
        long largest = long.MinValue;
        foreach (LogSegment segment in _segments)
        {
            largest = Math.Max(largest, segment.MaxTimestamp);
        }

        return TryFindTime(largest, out position);
    }

    /// <summary>The time lies within the checksummed part, so this is the one case in which a broker computes a checksum of its own.</summary>
    private static void StampAppendTime(Span<byte> batch, long appendTime)
    {
        RecordBatchHeader header = RecordBatchHeader.Read(batch);
        header = header with { MaxTimestamp = appendTime, Attributes = (short)(header.Attributes | RecordBatchHeader.LogAppendTimeFlag) };
        header.Write(batch);
        header = header with { Crc = Crc32C.Compute(batch[RecordBatchHeader.ChecksummedFrom..]) };
        header.Write(batch);
    }

    /// <summary>Where the batch with the offset, or behind it, begins in all the bytes that the log has ever had.</summary>
    private long PositionOf(long offset) => TryFind(offset, out LogPosition position) ? position.Absolute : EndPosition;

    private LogSegment SegmentFor(int length, long timestamp)
    {
        LogSegment? last = _segments.Count == 0 ? null : _segments[^1];
        if (last is not null && last.Free >= length && !IsTimeToRoll(last, timestamp))
        {
            return last;
        }

        int capacity = CapacityAfter(last);
        if (_config.IsDeleted && _config.RetentionBytes >= 0)
        {
            // Several segments within what is kept, as whole segments go.
            long share = 1L << BitOperations.Log2((ulong)Math.Max(_config.RetentionBytes / SegmentsKept, FirstSegment));
            capacity = (int)Math.Min(capacity, share);
        }

        if (length > capacity)
        {
            // Of a size that the next large batch can use again.
            capacity = (int)BitOperations.RoundUpToPowerOf2((uint)length);
        }

        LogSegment segment = Pool.Rent(Math.Max(Math.Min(capacity, _config.SegmentBytes), length), EndPosition);
        _segments.Add(segment);
        return segment;
    }

    private bool IsTimeToRoll(LogSegment segment, long timestamp) => timestamp - segment.Batches[0].MaxTimestamp > _config.SegmentMs;
}
