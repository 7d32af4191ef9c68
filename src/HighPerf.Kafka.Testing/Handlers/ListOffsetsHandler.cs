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

    private const short FirstLeaderEpochVersion = 4;

    protected override ListOffsetsResponse Handle(ListOffsetsRequest request, RequestContext context)
    {
        ListOffsetsResponse response = new();
        foreach (ListOffsetsRequest.ListOffsetsTopic asked in request.Topics)
        {
            Topic? topic = context.Cluster.Topics.Find(asked.Name);
            ListOffsetsResponse.ListOffsetsTopicResponse answer = new() { Name = asked.Name };
            foreach (ListOffsetsRequest.ListOffsetsPartition partition in asked.Partitions)
            {
                bool twice = asked.Partitions.Exists(other => other != partition && other.PartitionIndex == partition.PartitionIndex);
                answer.Partitions.Add(twice
                    ? Refuse(partition, ErrorCode.InvalidRequest)
                    : Find(topic?.FindPartition(partition.PartitionIndex), partition, request.IsolationLevel != 0, context));
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
        Partition? partition, ListOffsetsRequest.ListOffsetsPartition asked, bool readCommitted, RequestContext context)
    {
        if (partition is null)
        {
            return Refuse(asked, ErrorCode.UnknownTopicOrPartition);
        }

        ErrorCode error = partition.CheckLeader(context.Broker.NodeId, asked.CurrentLeaderEpoch);
        if (error != ErrorCode.None)
        {
            return Refuse(asked, error);
        }

        if (context.Version < FirstVersionOf(asked.Timestamp))
        {
            return Refuse(asked, ErrorCode.UnsupportedVersion);
        }

        long end = readCommitted ? partition.LastStableOffset : partition.HighWatermark;
        ListOffsetsResponse.ListOffsetsPartitionResponse answer = new() { PartitionIndex = asked.PartitionIndex, LeaderEpoch = partition.LeaderEpoch };
        switch (asked.Timestamp)
        {
            case Latest:
                answer.Offset = end;
                break;
            case Earliest or EarliestLocal:
                answer.Offset = partition.Log.StartOffset;
                break;
            case LatestTiered or EarliestPendingUpload:
                // There is no remote storage, hence nothing in it and nothing on its way.
                answer.LeaderEpoch = -1;
                break;
            default:
                FindByTime(partition.Log, asked.Timestamp, context.Cluster, answer);
                Hide(answer, end);
                break;
        }

        if (context.Version < FirstLeaderEpochVersion)
        {
            answer.LeaderEpoch = -1;
        }

        return answer;
    }

    /// <summary>What the asking reader cannot fetch yet is not found.</summary>
    private static void Hide(ListOffsetsResponse.ListOffsetsPartitionResponse answer, long end)
    {
        if (answer.Offset >= end)
        {
            answer.Offset = -1;
            answer.Timestamp = -1;
            answer.LeaderEpoch = -1;
        }
    }

    /// <summary>The batch is found by its largest timestamp, the record by reading the batch. Nothing found: offset, timestamp and epoch stay -1.</summary>
    private static void FindByTime(PartitionLog log, long timestamp, EmbeddedCluster cluster, ListOffsetsResponse.ListOffsetsPartitionResponse answer)
    {
        answer.LeaderEpoch = -1;
        bool found = timestamp == MaxTimestamp ? log.TryFindMaxTime(out LogPosition position) : log.TryFindTime(timestamp, out position);
        if (!found)
        {
            return;
        }

        try
        {
            FindInBatch(position, timestamp, cluster, answer);
        }
        catch (KafkaProtocolException error)
        {
            // Records are not walked when they are produced, so what is stored may be no records at all.
            cluster.Log.Write($"ListOffsets by time: {error.Message}");
            answer.ErrorCode = (short)ErrorCode.UnknownServerError;
        }
    }

    private static void FindInBatch(
        in LogPosition position, long timestamp, EmbeddedCluster cluster, ListOffsetsResponse.ListOffsetsPartitionResponse answer)
    {
        StoredBatch batch = position.Batch;
        long wanted = timestamp == MaxTimestamp ? batch.MaxTimestamp : timestamp;
        RecordBatchView view = new(RecordBatchHeader.Read(position.Bytes), position.Bytes, 0);
        foreach (RecordView record in view.GetRecords(cluster.Codecs, cluster.Scratch))
        {
            if (record.Timestamp >= wanted)
            {
                answer.Offset = record.Offset;
                answer.Timestamp = record.Timestamp;
                answer.LeaderEpoch = batch.LeaderEpoch;
                return;
            }
        }
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
