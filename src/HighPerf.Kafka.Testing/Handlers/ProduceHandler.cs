using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Logs;
using HighPerf.Kafka.Testing.Producing;
using HighPerf.Kafka.Testing.Quotas;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>
/// Appends batches, each partition on its own merits. With acks 0 there is no answer, and an error closes the connection: there is no other way to tell.
/// </summary>
internal sealed class ProduceHandler : RequestHandler<ProduceRequest, ProduceResponse>
{
    private const short AllAcks = -1;
    private const short FirstTopicIdVersion = 13;

    /// <summary>Scratch, empty between requests. Owner: the cluster's loop.</summary>
    private readonly List<ProduceResult> _results = [];

    /// <summary>Scratch, empty between requests. Owner: the cluster's loop.</summary>
    private readonly List<Partition> _appended = [];

    /// <summary>Scratch, overwritten by each request; made with the first one. Owner: the cluster's loop.</summary>
    private ProduceBody? _body;

    /// <summary>Made with the first request. Owner: the cluster's loop.</summary>
    private BatchValidator? _validator;

    public override void Handle(RequestContext context, ReadOnlySpan<byte> body)
    {
        _body ??= new ProduceBody(context.Cluster.Topics);
        _validator ??= new BatchValidator(context.Cluster);
        _body.Read(body, context.Version);
        _results.Clear();
        _appended.Clear();
        int next = 0;
        foreach (ProduceTopic asked in _body.Topics)
        {
            for (int i = 0; i < asked.Parts; i++)
            {
                _results.Add(Append(asked.Topic, _body.Parts[next++], body, context));
            }
        }

        _validator.Release();
        Answer(context, _body);

        // After the answer: what wakes up may look at all that came in this request.
        foreach (Partition partition in _appended)
        {
            partition.NotifyAppended();
        }
    }

    protected override ProduceResponse? Handle(ProduceRequest request, RequestContext context) =>
        throw new InvalidOperationException("Produce is handled from its bytes.");

    protected override ProduceResponse CreateErrorResponse(ProduceRequest request, RequestContext context, ErrorCode error)
    {
        ProduceResponse response = new();
        foreach (ProduceRequest.TopicProduceData topic in request.TopicData)
        {
            ProduceResponse.TopicProduceResponse answer = new() { Name = topic.Name, TopicId = topic.TopicId };
            answer.PartitionResponses.AddRange(topic.PartitionData.Select(partition => new ProduceResponse.PartitionProduceResponse
            {
                Index = partition.Index,
                ErrorCode = (short)error,
                BaseOffset = -1,
            }));
            response.Responses.Add(answer);
        }

        return response;
    }

    private void Answer(RequestContext context, ProduceBody body)
    {
        if (body.Acks == 0)
        {
            AnswerNothing(context, body);
            return;
        }

        bool pending = false;
        for (int i = 0; i < _results.Count; i++)
        {
            _results[i] = PendingProduce.Look(_results[i], context.Broker.NodeId);
            pending |= _results[i].RequiredOffset >= 0;
        }

        if (pending)
        {
            new PendingProduce(context, body.Topics, _results).Park(body.TimeoutMs);
            return;
        }

        PendingProduce.Answer(context, body.Topics, _results);
    }

    private void AnswerNothing(RequestContext context, ProduceBody body)
    {
        context.Throttle(QuotaKind.Produce, context.RequestBytes);
        int failed = _results.FindIndex(static result => result.Error != ErrorCode.None);
        if (failed < 0)
        {
            context.RespondNothing();
            return;
        }

        int topic = 0;
        for (int last = body.Topics[0].Parts; last <= failed; last += body.Topics[topic].Parts)
        {
            topic++;
        }

        string name = body.Topics[topic].Topic?.Name ?? body.Topics[topic].Name;
        context.Close($"Produce with acks 0 to {name}-{_results[failed].Index} failed with {_results[failed].Error}: {_results[failed].Message}");
    }

    private ProduceResult Append(Topic? topic, ProducePart part, ReadOnlySpan<byte> body, RequestContext context)
    {
        ProduceResult result = new(part.Partition) { Partition = topic?.FindPartition(part.Partition) };
        if (result.Partition is not { } partition)
        {
            bool noId = topic is null && context.Version >= FirstTopicIdVersion;
            return result with { Error = noId ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition };
        }

        short acks = _body!.Acks;
        ReadOnlySpan<byte> records = part.Length < 0 ? default : body.Slice(part.Start, part.Length);
        ErrorCode error = BatchFraming.Check(ref records, context.Version, out string? message);
        if (error != ErrorCode.None)
        {
            return result with { Error = error, Message = message };
        }

        if (acks is < AllAcks or > 1)
        {
            return result with { Error = ErrorCode.InvalidRequiredAcks, Message = $"acks is {acks}; it can be -1, 0 or 1." };
        }

        error = partition.CheckLeader(context.Broker.NodeId, -1);
        if (error == ErrorCode.None)
        {
            error = context.Cluster.Verifier.CheckProduce(_body.TransactionalId, topic!.Name, partition, records, context.Version);
        }

        return error == ErrorCode.None ? Append(partition, records, result, context) : result with { Error = error };
    }

    private ProduceResult Append(Partition partition, ReadOnlySpan<byte> records, ProduceResult result, RequestContext context)
    {
        // From here on a refusal tells where the log begins, so that a producer can see whether its earlier records are gone.
        result = result with { LogStartOffset = partition.Log.StartOffset };
        long now = context.Cluster.NowMs;
        ErrorCode error = partition.CheckInSync(_body!.Acks);
        if (error != ErrorCode.None)
        {
            return result with { Error = error };
        }

        error = _validator!.Validate(records, partition.Config, now, out CheckedBatch batch);
        if (error != ErrorCode.None)
        {
            long start = error is ErrorCode.CorruptMessage or ErrorCode.MessageTooLarge ? -1 : result.LogStartOffset;
            return result with { Error = error, Message = batch.Message, RecordErrors = batch.RecordErrors, LogStartOffset = start };
        }

        error = partition.Append(batch.Bytes, batch.Header, now, out AppendedBatch appended, out bool isDuplicate);
        if (error != ErrorCode.None)
        {
            string message = $"The batch of producer {batch.Header.ProducerId} has epoch {batch.Header.ProducerEpoch} and sequence number "
                + $"{batch.Header.BaseSequence}.";
            return result with { Error = error, Message = message };
        }

        if (!isDuplicate)
        {
            _appended.Add(partition);
        }

        return result with
        {
            BaseOffset = appended.BaseOffset,
            LogAppendTime = appended.Timestamp,
            LogStartOffset = partition.Log.StartOffset,
            RequiredOffset = _body.Acks == AllAcks ? appended.BaseOffset + batch.Header.RecordCount : -1,
        };
    }
}
