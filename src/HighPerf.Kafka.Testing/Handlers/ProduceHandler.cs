using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Logs;
using HighPerf.Kafka.Testing.Quotas;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>
/// Appends batches, each partition on its own merits. With acks 0 there is no answer, and an error closes the connection: there is no other way to tell.
/// </summary>
internal sealed class ProduceHandler : RequestHandler<ProduceRequest, ProduceResponse>
{
    private const short FirstTopicIdVersion = 13;

    /// <summary>Scratch, empty between requests. Owner: the cluster's loop.</summary>
    private readonly ProduceBody _body = new();

    /// <summary>Scratch, empty between requests. Owner: the cluster's loop.</summary>
    private readonly List<Partition> _appended = [];

    public override void Handle(RequestContext context, ReadOnlySpan<byte> body)
    {
        _body.Read(body, context.Version);
        ProduceResponse response = new();
        string? failure = null;
        int next = 0;
        foreach (ProduceTopic asked in _body.Topics)
        {
            Topic? topic = context.Version >= FirstTopicIdVersion ? context.Cluster.Topics.Find(asked.TopicId) : context.Cluster.Topics.Find(asked.Name);
            ProduceResponse.TopicProduceResponse answer = new() { Name = asked.Name, TopicId = asked.TopicId };
            response.Responses.Add(answer);
            for (int i = 0; i < asked.Parts; i++)
            {
                ProducePart part = _body.Parts[next++];
                ProduceResponse.PartitionProduceResponse result = Append(topic, part, body, context);
                answer.PartitionResponses.Add(result);
                if (result.ErrorCode != 0)
                {
                    failure ??= $"Produce with acks 0 to {topic?.Name ?? asked.Name}-{part.Partition} failed with {(ErrorCode)result.ErrorCode}: "
                        + result.ErrorMessage;
                }
            }
        }

        Answer(context, response, failure);

        // After the answer: what wakes up may look at all that came in this request.
        foreach (Partition partition in _appended)
        {
            partition.NotifyAppended();
        }

        _appended.Clear();
    }

    protected override ProduceResponse? Handle(ProduceRequest request, RequestContext context) =>
        throw new InvalidOperationException("Produce is handled from its bytes.");

    protected override ProduceResponse CreateErrorResponse(ProduceRequest request, RequestContext context, ErrorCode error)
    {
        ProduceResponse response = new();
        foreach (ProduceRequest.TopicProduceData topic in request.TopicData)
        {
            ProduceResponse.TopicProduceResponse answer = new() { Name = topic.Name, TopicId = topic.TopicId };
            answer.PartitionResponses.AddRange(topic.PartitionData.Select(partition => Refuse(partition.Index, error, null)));
            response.Responses.Add(answer);
        }

        return response;
    }

    private void Answer(RequestContext context, ProduceResponse response, string? failure)
    {
        response.ThrottleTimeMs = context.Throttle(QuotaKind.Produce, context.RequestBytes);
        if (_body.Acks != 0)
        {
            context.Respond(response);
        }
        else if (failure is not null)
        {
            context.Close(failure);
        }
        else
        {
            context.RespondNothing();
        }
    }

    private ProduceResponse.PartitionProduceResponse Append(Topic? topic, ProducePart part, ReadOnlySpan<byte> body, RequestContext context)
    {
        if (_body.Acks is < -1 or > 1)
        {
            return Refuse(part.Partition, ErrorCode.InvalidRequiredAcks, $"acks is {_body.Acks}; it can be -1, 0 or 1.");
        }

        if (topic is null)
        {
            return Refuse(part.Partition, context.Version >= FirstTopicIdVersion ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition, null);
        }

        if (topic.FindPartition(part.Partition) is not { } partition)
        {
            return Refuse(part.Partition, ErrorCode.UnknownTopicOrPartition, null);
        }

        ErrorCode error = partition.CheckLeader(context.Broker.NodeId, -1);
        if (error != ErrorCode.None)
        {
            return Refuse(part.Partition, error, null);
        }

        ReadOnlySpan<byte> records = part.Length < 0 ? default : body.Slice(part.Start, part.Length);
        error = context.Cluster.Verifier.CheckProduce(_body.TransactionalId, topic.Name, partition, records, context.Version);
        if (error != ErrorCode.None)
        {
            return Refuse(part.Partition, error, null);
        }

        error = BatchValidator.Validate(records, context.Version, topic.Config, out RecordBatchHeader header, out string? message);
        if (error != ErrorCode.None)
        {
            return Refuse(part.Partition, error, message);
        }

        error = partition.Append(records, header, context.Cluster.NowMs, out AppendedBatch appended, out bool isDuplicate);
        if (error != ErrorCode.None)
        {
            message = $"The batch of producer {header.ProducerId} has epoch {header.ProducerEpoch} and sequence number {header.BaseSequence}.";
            return Refuse(part.Partition, error, message);
        }

        if (!isDuplicate)
        {
            _appended.Add(partition);
        }

        return new ProduceResponse.PartitionProduceResponse
        {
            Index = part.Partition,
            BaseOffset = appended.BaseOffset,
            LogAppendTimeMs = appended.Timestamp,
            LogStartOffset = partition.Log.StartOffset,
        };
    }

    private static ProduceResponse.PartitionProduceResponse Refuse(int partition, ErrorCode error, string? message) =>
        new() { Index = partition, ErrorCode = (short)error, BaseOffset = -1, ErrorMessage = message };
}
