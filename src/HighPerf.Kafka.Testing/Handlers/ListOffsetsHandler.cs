using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Logs;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>Offsets by time: the ends of the log, the first record at or after a timestamp, the record with the largest one.</summary>
internal sealed class ListOffsetsHandler : RequestHandler<ListOffsetsRequest, ListOffsetsResponse>
{
    // Negative timestamps are names of places, each known from a version on.
    private const long Latest = -1;
    private const long Earliest = -2;
    private const long MaxTimestamp = -3;
    private const long EarliestLocal = -4;
    private const long LatestTiered = -5;
    private const long EarliestPendingUpload = -6;

    /// <summary>Who asks: a consumer, or somebody who debugs and may ask every replica. Brokers give their id.</summary>
    private const int Consumer = -1;
    private const int Debugger = -2;

    private const short FirstLeaderEpochVersion = 4;
    private const short FirstOffsetNotAvailableVersion = 5;

    protected override ListOffsetsResponse Handle(ListOffsetsRequest request, RequestContext context)
    {
        HashSet<(string, int)> seen = [];
        HashSet<(string, int)> twice = [];
        foreach (ListOffsetsRequest.ListOffsetsTopic asked in request.Topics)
        {
            twice.UnionWith(asked.Partitions.Select(partition => (asked.Name, partition.PartitionIndex)).Where(partition => !seen.Add(partition)));
        }

        ListOffsetsResponse response = new();
        foreach (ListOffsetsRequest.ListOffsetsTopic asked in request.Topics)
        {
            Topic? topic = context.Cluster.Topics.Find(asked.Name);
            ListOffsetsResponse.ListOffsetsTopicResponse answer = new() { Name = asked.Name };
            foreach (ListOffsetsRequest.ListOffsetsPartition partition in asked.Partitions)
            {
                answer.Partitions.Add(twice.Contains((asked.Name, partition.PartitionIndex))
                    ? Refuse(partition, ErrorCode.InvalidRequest)
                    : Find(topic?.FindPartition(partition.PartitionIndex), partition, request, context));
            }

            response.Topics.Add(answer);
        }

        return response;
    }

    protected override ListOffsetsResponse CreateErrorResponse(ListOffsetsRequest request, RequestContext context, ErrorCode error)
    {
        ListOffsetsResponse response = new();
        foreach (ListOffsetsRequest.ListOffsetsTopic asked in request.Topics)
        {
            ListOffsetsResponse.ListOffsetsTopicResponse answer = new() { Name = asked.Name };
            answer.Partitions.AddRange(asked.Partitions.Select(partition => Refuse(partition, error)));
            response.Topics.Add(answer);
        }

        return response;
    }

    private static ListOffsetsResponse.ListOffsetsPartitionResponse Find(
        Partition? partition, ListOffsetsRequest.ListOffsetsPartition asked, ListOffsetsRequest request, RequestContext context)
    {
        if (context.Version < FirstVersionOf(asked.Timestamp))
        {
            return Refuse(asked, ErrorCode.UnsupportedVersion);
        }

        if (partition is null)
        {
            return Refuse(asked, ErrorCode.UnknownTopicOrPartition);
        }

        ErrorCode error = partition.CheckLeader(context.Broker.NodeId, asked.CurrentLeaderEpoch);
        bool followerWillDo = request.ReplicaId == Debugger && partition.Replicas.Contains(context.Broker.NodeId);
        if (error != ErrorCode.None && !(error == ErrorCode.NotLeaderOrFollower && followerWillDo))
        {
            return Refuse(asked, error);
        }

        ListOffsetsResponse.ListOffsetsPartitionResponse answer = new() { PartitionIndex = asked.PartitionIndex, LeaderEpoch = partition.LeaderEpoch };
        long end = EndFor(partition, request);
        switch (asked.Timestamp)
        {
            case Latest:
                answer.Offset = end;
                break;
            case Earliest or EarliestLocal:
                answer.Offset = partition.Log.StartOffset;
                answer.LeaderEpoch = partition.Log.TryFind(answer.Offset, out LogPosition first) ? first.Batch.LeaderEpoch : partition.LeaderEpoch;
                break;
            case LatestTiered or EarliestPendingUpload:
                // There is no remote storage, hence nothing in it and nothing on its way.
                answer.LeaderEpoch = -1;
                break;
            default:
                FindByTime(partition.Log, asked.Timestamp, end, context.Cluster, answer);
                break;
        }

        // Until a new leader knows that what it began with is on all replicas in sync, it does not know where the end is, and says so (KIP-207).
        bool isEnd = asked.Timestamp == Latest || (asked.Timestamp is >= 0 or MaxTimestamp && answer is { ErrorCode: 0, Offset: < 0 });
        if (isEnd && request.ReplicaId == Consumer && end < partition.Log.Epochs.LatestStart)
        {
            return Refuse(asked, context.Version >= FirstOffsetNotAvailableVersion ? ErrorCode.OffsetNotAvailable : ErrorCode.LeaderNotAvailable);
        }

        if (context.Version < FirstLeaderEpochVersion)
        {
            answer.LeaderEpoch = -1;
        }

        return answer;
    }

    /// <summary>Up to where who asks may look.</summary>
    private static long EndFor(Partition partition, ListOffsetsRequest request)
    {
        if (request.ReplicaId != Consumer)
        {
            return partition.Log.EndOffset;
        }

        return request.IsolationLevel == 0 ? partition.HighWatermark : partition.LastStableOffset;
    }

    /// <summary>
    /// Batches are found by their largest timestamp, the record by reading its batch. Nothing found, or nothing before <paramref name="end"/>: offset,
    /// timestamp and epoch stay -1.
    /// </summary>
    private static void FindByTime(
        PartitionLog log, long timestamp, long end, EmbeddedCluster cluster, ListOffsetsResponse.ListOffsetsPartitionResponse answer)
    {
        answer.LeaderEpoch = -1;
        bool found = timestamp == MaxTimestamp ? log.TryFindMaxTime(out LogPosition position) : log.TryFindTime(timestamp, out position);
        if (!found)
        {
            return;
        }

        // The largest timestamp is looked for in all that is stored, whether it is still before clients or not, as by Apache Kafka.
        long wanted = timestamp == MaxTimestamp ? position.Batch.MaxTimestamp : timestamp;
        long start = timestamp == MaxTimestamp ? 0 : log.StartOffset;
        try
        {
            // What a batch has at that time may lie before the start of the log: then a later batch has it.
            while (!FindInBatch(position, wanted, start, end, cluster, answer) && log.TryFind(position.Batch.LastOffset + 1, out position))
            {
            }
        }
        catch (KafkaProtocolException error)
        {
            // Records are not walked when they are produced, so what is stored may be no records at all.
            cluster.Log.Write($"ListOffsets by time: {error.Message}");
            answer.ErrorCode = (short)ErrorCode.UnknownServerError;
        }
    }

    /// <summary>Whether the search is over.</summary>
    private static bool FindInBatch(
        in LogPosition position, long wanted, long start, long end, EmbeddedCluster cluster, ListOffsetsResponse.ListOffsetsPartitionResponse answer)
    {
        StoredBatch batch = position.Batch;
        if (batch.MaxTimestamp < wanted)
        {
            return false;
        }

        RecordBatchView view = new(RecordBatchHeader.Read(position.Bytes), position.Bytes, 0);
        foreach (RecordView record in view.GetRecords(cluster.Codecs, cluster.Scratch))
        {
            if (record.Timestamp < wanted || record.Offset < start)
            {
                continue;
            }

            if (record.Offset < end)
            {
                answer.Offset = record.Offset;
                answer.Timestamp = record.Timestamp;
                answer.LeaderEpoch = batch.LeaderEpoch;
            }

            return true;
        }

        return false;
    }

    private static short FirstVersionOf(long timestamp) => timestamp switch
    {
        >= Earliest => 0,
        MaxTimestamp => 7,
        EarliestLocal => 8,
        LatestTiered => 9,
        EarliestPendingUpload => 11,
        _ => short.MaxValue,
    };

    private static ListOffsetsResponse.ListOffsetsPartitionResponse Refuse(ListOffsetsRequest.ListOffsetsPartition asked, ErrorCode error) =>
        new() { PartitionIndex = asked.PartitionIndex, ErrorCode = (short)error };
}
