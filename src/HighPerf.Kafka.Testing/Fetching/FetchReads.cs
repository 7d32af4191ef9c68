using System.Runtime.InteropServices;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Logs;

namespace HighPerf.Kafka.Testing.Fetching;

/// <summary>Reads partitions for one fetch at a time. Scratch, overwritten by the next fetch. Owner: the cluster's loop.</summary>
internal sealed class FetchReads
{
    private const short FirstLeaderHintVersion = 16;

    private readonly List<FetchRead> _reads = [];
    private readonly List<LogSlice> _slices = [];
    private readonly List<AbortedTransaction> _aborted = [];

    /// <summary>What was found, in the order of reading; what does not exist comes last, as a real broker tells it.</summary>
    public List<FetchRead> Reads => _reads;

    /// <summary>The bytes of records in all.</summary>
    public long Bytes { get; private set; }

    /// <summary>Whether something was found that cannot wait.</summary>
    public bool IsUrgent { get; private set; }

    public ReadOnlySpan<LogSlice> SlicesOf(in FetchRead read) =>
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

            ReplicaView view = new(partition, parameters.BrokerId);
            long end = view.EndFor(parameters);
            if (asked.Offset > end)
            {
                return true;
            }

            if (asked.LastFetchedEpoch >= 0 && IsDiverging(view.EndOf(asked.LastFetchedEpoch), asked))
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

        ErrorCode error = parameters.LeaderOnly
            ? partition.CheckLeader(parameters.BrokerId, asked.LeaderEpoch)
            : partition.CheckReplica(parameters.BrokerId, asked.LeaderEpoch);
        if (error == ErrorCode.None && parameters.IsReplica && partition.ReplicaOn(parameters.ReplicaId) is null)
        {
            return asked.LeaderEpoch >= 0 ? ErrorCode.UnknownLeaderEpoch : ErrorCode.NotLeaderOrFollower;
        }

        return error;
    }

    private FetchRead Read(FetchPartition asked, Partition partition, in FetchParameters parameters, int room)
    {
        ErrorCode error = Check(asked, partition, parameters);
        if (error != ErrorCode.None)
        {
            return Refuse(asked, partition, error, parameters.Version);
        }

        ReplicaView view = new(partition, parameters.BrokerId);
        FetchRead empty = new(asked) { HighWatermark = view.HighWatermark, LastStableOffset = view.LastStableOffset, LogStartOffset = view.LogStartOffset };
        if (parameters.RackId.Length > 0 && RackAwareSelection.Select(partition, parameters.BrokerId, parameters.RackId, asked.Offset) is { } preferred)
        {
            return empty with { PreferredReplica = preferred.BrokerId };
        }

        if (asked.LastFetchedEpoch >= 0)
        {
            LeaderEpoch end = view.EndOf(asked.LastFetchedEpoch);
            if (end == LeaderEpoch.Unknown || asked.Offset < view.LogStartOffset)
            {
                return new FetchRead(asked) { Error = ErrorCode.OffsetOutOfRange };
            }

            if (IsDiverging(end, asked))
            {
                return empty with { DivergingEpoch = end.Epoch, DivergingEndOffset = end.Offset };
            }
        }

        if (asked.Offset < view.LogStartOffset || asked.Offset > view.LogEndOffset)
        {
            return new FetchRead(asked) { Error = ErrorCode.OffsetOutOfRange };
        }

        return ReadRecords(empty, partition, parameters, view.EndFor(parameters), room);
    }

    private FetchRead ReadRecords(in FetchRead empty, Partition partition, in FetchParameters parameters, long end, int room)
    {
        FetchPartition asked = empty.Partition;
        bool committedOnly = parameters.ReadCommitted && !parameters.IsReplica;
        int firstSlice = _slices.Count;
        int firstAborted = _aborted.Count;
        int bytes = asked.Offset < end ? partition.Log.Read(asked.Offset, end, Math.Min(room, asked.MaxBytes), Bytes == 0, _slices) : 0;
        if (committedOnly && bytes > 0)
        {
            partition.AbortedTransactions(asked.Offset, partition.Log.OffsetBehind(asked.Offset, bytes), _aborted);
        }

        return empty with
        {
            FirstSlice = firstSlice,
            SliceCount = _slices.Count - firstSlice,
            Bytes = bytes,
            HasMore = asked.Offset < end,
            FirstAborted = firstAborted,
            AbortedCount = committedOnly ? _aborted.Count - firstAborted : -1,
        };
    }

    /// <summary>What the client has of its last epoch goes beyond what this log has of it: another leader's records followed (KIP-595).</summary>
    private static bool IsDiverging(LeaderEpoch end, FetchPartition asked) => end.Epoch < asked.LastFetchedEpoch || end.Offset < asked.Offset;

    private static FetchRead Refuse(FetchPartition asked, Partition partition, ErrorCode error, short version)
    {
        FetchRead read = new(asked) { Error = error };
        return version >= FirstLeaderHintVersion && error is (ErrorCode.NotLeaderOrFollower or ErrorCode.FencedLeaderEpoch)
            ? read with { LeaderId = partition.LeaderId, LeaderEpoch = partition.LeaderEpoch }
            : read;
    }
}
