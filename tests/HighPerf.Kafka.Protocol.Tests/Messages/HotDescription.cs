using System.Text;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Protocol.Messages.Hot;

namespace HighPerf.Kafka.Protocol.Tests.Messages;

/// <summary>The content of a response as text, once from the generated type and once from the view, to be compared.</summary>
internal static class HotDescription
{
    public static string Of(IKafkaMessage message, short version) => message switch
    {
        FetchResponse fetch => Of(fetch, version),
        ProduceResponse produce => Of(produce, version),
        _ => throw new ArgumentException("no view reads it", nameof(message)),
    };

    public static string OfFetchView(ReadOnlySpan<byte> body, short version)
    {
        FetchResponseView view = new(body, version);
        StringBuilder text = new($"throttle {view.ThrottleTimeMs} error {(short)view.Error} session {view.SessionId}\n");
        while (view.MoveNextTopic())
        {
            Topic(text, version, Encoding.UTF8.GetString(view.TopicName), view.TopicId);
            while (view.MoveNextPartition())
            {
                text.Append($"partition {view.Partition} error {(short)view.PartitionError} offsets {view.HighWatermark} {view.LastStableOffset}");
                text.Append($" {view.LogStartOffset} diverging {view.DivergingEpoch} {view.DivergingEndOffset} leader {view.CurrentLeaderId}");
                text.Append($" {view.CurrentLeaderEpoch} replica {view.PreferredReadReplica} aborted");
                for (int i = 0; i < view.AbortedCount; i++)
                {
                    text.Append($" {view.Aborted(i)}");
                }

                text.Append($" records {Convert.ToHexString(body.Slice(view.RecordsOffset, view.RecordsLength))}\n");
            }
        }

        return text.ToString();
    }

    public static string OfProduceView(ReadOnlySpan<byte> body, short version)
    {
        ProduceResponseView view = new(body, version);
        StringBuilder text = new();
        while (view.MoveNextTopic())
        {
            Topic(text, version, Encoding.UTF8.GetString(view.TopicName), view.TopicId);
            while (view.MoveNextPartition())
            {
                text.Append($"partition {view.Partition} error {(short)view.Error} base {view.BaseOffset} time {view.LogAppendTimeMs}");
                text.Append($" start {view.LogStartOffset} message {Encoding.UTF8.GetString(view.ErrorMessage)}");
                text.Append($" leader {view.CurrentLeaderId} {view.CurrentLeaderEpoch} blames {view.RecordErrorCount}:");
                while (view.MoveNextRecordError(out int index, out ReadOnlySpan<byte> message))
                {
                    text.Append($" {index} {Encoding.UTF8.GetString(message)}");
                }

                text.Append('\n');
            }
        }

        view.Finish();
        text.Append($"throttle {view.ThrottleTimeMs}");
        while (view.MoveNextNode(out int id, out ReadOnlySpan<byte> host, out int port, out ReadOnlySpan<byte> rack))
        {
            text.Append($" node {id} {Encoding.UTF8.GetString(host)} {port} {Encoding.UTF8.GetString(rack)}");
        }

        return text.ToString();
    }

    private static string Of(FetchResponse message, short version)
    {
        StringBuilder text = new($"throttle {message.ThrottleTimeMs} error {message.ErrorCode} session {message.SessionId}\n");
        foreach (FetchResponse.FetchableTopicResponse topic in message.Responses)
        {
            Topic(text, version, topic.Topic, topic.TopicId);
            foreach (FetchResponse.PartitionData partition in topic.Partitions)
            {
                text.Append($"partition {partition.PartitionIndex} error {partition.ErrorCode} offsets {partition.HighWatermark} {partition.LastStableOffset}");
                text.Append($" {partition.LogStartOffset} diverging {partition.DivergingEpoch.Epoch} {partition.DivergingEpoch.EndOffset}");
                text.Append($" leader {partition.CurrentLeader.LeaderId} {partition.CurrentLeader.LeaderEpoch}");
                text.Append($" replica {partition.PreferredReadReplica} aborted");
                foreach (FetchResponse.AbortedTransaction aborted in partition.AbortedTransactions ?? [])
                {
                    text.Append($" {(aborted.ProducerId, aborted.FirstOffset)}");
                }

                text.Append($" records {Convert.ToHexString(partition.Records ?? [])}\n");
            }
        }

        return text.ToString();
    }

    private static string Of(ProduceResponse message, short version)
    {
        StringBuilder text = new();
        foreach (ProduceResponse.TopicProduceResponse topic in message.Responses)
        {
            Topic(text, version, topic.Name, topic.TopicId);
            foreach (ProduceResponse.PartitionProduceResponse partition in topic.PartitionResponses)
            {
                text.Append($"partition {partition.Index} error {partition.ErrorCode} base {partition.BaseOffset} time {partition.LogAppendTimeMs}");
                text.Append($" start {partition.LogStartOffset} message {partition.ErrorMessage}");
                text.Append($" leader {partition.CurrentLeader.LeaderId} {partition.CurrentLeader.LeaderEpoch} blames {partition.RecordErrors.Count}:");
                foreach (ProduceResponse.BatchIndexAndErrorMessage blamed in partition.RecordErrors)
                {
                    text.Append($" {blamed.BatchIndex} {blamed.BatchIndexErrorMessage}");
                }

                text.Append('\n');
            }
        }

        text.Append($"throttle {message.ThrottleTimeMs}");
        foreach (ProduceResponse.NodeEndpoint node in version >= 10 ? message.NodeEndpoints : [])
        {
            text.Append($" node {node.NodeId} {node.Host} {node.Port} {node.Rack}");
        }

        return text.ToString();
    }

    private static void Topic(StringBuilder text, short version, string name, Guid id) => text.Append($"topic {(version >= 13 ? id.ToString() : name)}\n");
}
