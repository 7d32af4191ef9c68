using System.Runtime.InteropServices;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing.Fetching;

/// <summary>Reads partitions for one fetch at a time. Scratch, overwritten by the next fetch. Owner: the cluster's loop.</summary>
internal sealed class FetchReads
{
    private const short FirstLeaderHintVersion = 16;

    private readonly List<FetchRead> _reads = [];
    private readonly List<ArraySegment<byte>> _slices = [];
    private readonly List<AbortedTransaction> _aborted = [];

    /// <summary>What was found, in the order of reading; what does not exist comes last, as a real broker tells it.</summary>
    public List<FetchRead> Reads => _reads;

    /// <summary>The bytes of records in all.</summary>
    public long Bytes { get; private set; }

    /// <summary>Whether something was found that cannot wait.</summary>
    public bool IsUrgent { get; private set; }

    public ReadOnlySpan<ArraySegment<byte>> SlicesOf(in FetchRead read) =>
        CollectionsMarshal.AsSpan(_slices).Slice(read.FirstSlice, read.SliceCount);

    public ReadOnlySpan<AbortedTransaction> AbortedOf(in FetchRead read) =>
        CollectionsMarshal.AsSpan(_aborted).Slice(read.FirstAborted, Math.Max(read.AbortedCount, 0));

    /// <summary>
    /// Reads the partitions that may have something to tell, in turn, until the limit is reached. The first batch that is found comes whole however large
    /// it is (KIP-74).
    /// </summary>
    public void Read(FetchPartitionSet set, in FetchParameters parameters)
    {
        Clear();
        int room = parameters.MaxBytes;
        foreach (FetchPartition partition in set.Changed)
        {
            if (partition.Partition is null)
            {
                continue;
            }

            FetchRead read = Read(partition, partition.Partition, parameters, room);
            _reads.Add(read);
            room = Math.Max(0, room - read.Bytes);
            Bytes += read.Bytes;
            IsUrgent |= read.IsUrgent;
        }

        foreach (FetchPartition partition in set.Changed)
        {
            if (partition.Partition is null)
            {
                _reads.Add(new FetchRead(partition) { Error = partition.Unknown, AbortedCount = 0 });
            }
        }
    }

    /// <summary>Lets go of the log's arrays.</summary>
    public void Clear()
    {
        _reads.Clear();
        _slices.Clear();
        _aborted.Clear();
        Bytes = 0;
        IsUrgent = false;
    }

    /// <summary>Whether a fetch that waits has enough to send, or a reason to send what there is.</summary>
    public static bool HasEnough(FetchPartitionSet set, in FetchParameters parameters)
    {
        long found = 0;
        foreach (FetchPartition asked in set.Changed)
        {
            if (asked.Partition is not { } partition)
            {
                continue;
            }

            if (Check(asked, partition, parameters) != ErrorCode.None)
            {
                return true;
            }

            long end = EndFor(partition, parameters);
            if (asked.Offset > end)
            {
                return true;
            }

            found += Math.Min(partition.Log.BytesBetween(asked.Offset, end), Math.Max(asked.MaxBytes, 0));
        }

        return found >= parameters.MinBytes;
    }

    private static ErrorCode Check(FetchPartition asked, Partition partition, in FetchParameters parameters)
    {
        if (asked.IsInconsistent && !partition.IsDeleted)
        {
            return ErrorCode.InconsistentTopicId;
        }

        return partition.CheckLeader(parameters.BrokerId, asked.LeaderEpoch);
    }

    /// <summary>Up to where this reader sees the log.</summary>
    private static long EndFor(Partition partition, in FetchParameters parameters)
    {
        if (parameters.IsReplica)
        {
            return partition.Log.EndOffset;
        }

        return parameters.ReadCommitted ? partition.LastStableOffset : partition.HighWatermark;
    }

    private FetchRead Read(FetchPartition asked, Partition partition, in FetchParameters parameters, int room)
    {
        ErrorCode error = Check(asked, partition, parameters);
        if (error != ErrorCode.None)
        {
            return Refuse(asked, partition, error, parameters.Version);
        }

        if (asked.Offset < partition.Log.StartOffset || asked.Offset > partition.Log.EndOffset)
        {
            return new FetchRead(asked) { Error = ErrorCode.OffsetOutOfRange };
        }

        long end = EndFor(partition, parameters);
        int firstSlice = _slices.Count;
        int bytes = asked.Offset < end ? partition.Log.Read(asked.Offset, end, Math.Min(room, asked.MaxBytes), Bytes == 0, _slices) : 0;
        int firstAborted = _aborted.Count;
        if (parameters.ReadCommitted && bytes > 0)
        {
            partition.AbortedTransactions(asked.Offset, end, _aborted);
        }

        return new FetchRead(asked)
        {
            HighWatermark = partition.HighWatermark,
            LastStableOffset = partition.LastStableOffset,
            LogStartOffset = partition.Log.StartOffset,
            FirstSlice = firstSlice,
            SliceCount = _slices.Count - firstSlice,
            Bytes = bytes,
            HasMore = asked.Offset < end,
            FirstAborted = firstAborted,
            AbortedCount = parameters.ReadCommitted && !parameters.IsReplica ? _aborted.Count - firstAborted : -1,
        };
    }

    private static FetchRead Refuse(FetchPartition asked, Partition partition, ErrorCode error, short version)
    {
        FetchRead read = new(asked) { Error = error };
        return version >= FirstLeaderHintVersion && error is ErrorCode.NotLeaderOrFollower or ErrorCode.FencedLeaderEpoch
            ? read with { LeaderId = partition.LeaderId, LeaderEpoch = partition.LeaderEpoch }
            : read;
    }
}
