using System.Text.Json.Nodes;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Json;

namespace HighPerf.Kafka.Testing.Faults;

/// <summary>
/// Refuses one partition of a request. What only reads is handled as it is and the partition's part of the answer becomes the error. Of what writes, the
/// partition is taken out before it is handled, and its refusal is put into the answer. Immutable; what belongs to one request is its <see cref="Refusal"/>.
/// </summary>
internal sealed class PartitionFault
{
    private static readonly ApiKey[] s_reads =
    [
        ApiKey.Fetch, ApiKey.ListOffsets, ApiKey.Metadata, ApiKey.OffsetFetch, ApiKey.OffsetForLeaderEpoch, ApiKey.DescribeProducers,
        ApiKey.DescribeTopicPartitions,
    ];

    private static readonly ApiKey[] s_writes =
    [
        ApiKey.Produce, ApiKey.OffsetCommit, ApiKey.DeleteRecords, ApiKey.AddPartitionsToTxn, ApiKey.TxnOffsetCommit, ApiKey.OffsetDelete,
        ApiKey.AlterPartitionReassignments,
    ];

    private readonly ErrorCode _error;
    private readonly string _topic;
    private readonly int _partition;

    /// <exception cref="ArgumentException">The API is not named, or has no errors of partitions.</exception>
    public PartitionFault(ApiKey? apiKey, ErrorCode error, string topic, int partition)
    {
        if (apiKey is not { } key || !(s_reads.Contains(key) || s_writes.Contains(key)))
        {
            throw new ArgumentException(
                $"{apiKey?.ToString() ?? "A request of any kind"} cannot fail for one partition; these can: {string.Join(", ", s_reads.Concat(s_writes))}.");
        }

        _error = error;
        _topic = topic;
        _partition = partition;
    }

    /// <summary>Only requests that name the partition, where requests do: those for all of a kind name none.</summary>
    public RequestMatch Narrow(RequestMatch match) => match.ApiKey is ApiKey.Metadata or ApiKey.DescribeTopicPartitions or ApiKey.OffsetFetch
        ? match
        : match with { Topic = _topic, Partition = _partition };

    public void Apply(InterceptedRequest request)
    {
        request.Keep();
        request.Rewriter = new Refusal(this, request);
    }

    private sealed class Refusal(PartitionFault fault, InterceptedRequest request) : IAnswerRewriter
    {
        private readonly PartitionJson _partition = new(fault._topic, fault._partition, request.Record.Names);

        /// <summary>The answer to the part that was taken out; null for what only reads.</summary>
        private JsonObject? _refused;

        public ReadOnlyMemory<byte> RewriteRequest(InterceptedRequest request, RequestContext context)
        {
            MessageDescriptor descriptor = MessageCatalog.Find(request.ApiKey, MessageKind.Request)!;
            short version = request.Header.Version;
            JsonObject json = MessageText.ToNode(descriptor, version, request.Body.Span);
            if (request.ApiKey == ApiKey.Fetch)
            {
                // An error is told at once.
                json["maxWaitMs"] = JsonValue.Create(0);
            }

            if (s_writes.Contains(request.ApiKey))
            {
                JsonObject part = json.DeepClone().AsObject();
                _partition.Remove(json);
                _partition.Keep(part);
                byte[] refused = context.Capture(MessageText.ToBytes(descriptor, version, part), fault._error);
                _refused = AnswerBody.Read(request, refused).Json;
            }

            return MessageText.ToBytes(descriptor, version, json);
        }

        public byte[] RewriteAnswer(InterceptedRequest request, byte[] frame)
        {
            AnswerBody answer = AnswerBody.Read(request, frame);
            if (_refused is not null)
            {
                PartitionJson.Merge(answer.Json, _refused);
            }
            else
            {
                _partition.Refuse(answer.Json, fault._error);
            }

            return answer.ToFrame();
        }
    }
}
