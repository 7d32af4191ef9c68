using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages.Hot;

namespace HighPerf.Kafka.Consuming.Fetching;

/// <summary>The Fetch request of one lane. Made once and used again. Owner: the session's loop.</summary>
internal sealed class FetchCall : BrokerRequest
{
    private const short FirstWithSessions = 7;
    private const short FirstWithIds = 13;

    private readonly FetchLane _lane;
    private readonly ConsumerSession _session;
    private readonly ConsumerOptions _options;
    private readonly FetchOrder _order = new();
    private readonly byte[] _rack;

    public FetchCall(FetchLane lane, ConsumerSession session, byte[] rack)
    {
        _lane = lane;
        _session = session;
        _options = session.Options;
        _rack = rack;
    }

    /// <summary>How long the broker may wait for data. Set before sending.</summary>
    public TimeSpan Wait { get; set; }

    public override ApiKey ApiKey => ApiKey.Fetch;

    public override short LowestVersion => FetchRequestEncoder.MinVersion;

    /// <summary>Topic ids only if every topic has one (G7).</summary>
    public override short HighestVersion => _lane.Session.CanNameById ? FetchRequestEncoder.MaxVersion : (short)(FirstWithIds - 1);

    public override TimeSpan Timeout => Wait + _options.RequestTimeout;

    public override bool IsFlexible(short version) => version >= 12;

    public override void Encode(RequestWriter output, short version)
    {
        FetchSession session = _lane.Session;
        session.Compose(isById: version >= FirstWithIds, hasSessions: version >= FirstWithSessions);
        if (session.IsFull)
        {
            _order.Arrange(session.Named);
        }
        else
        {
            FetchOrder.Group(session.Named);
        }

        FetchOrder.Group(session.Forgotten);
        KafkaWriter head = new(output.GetSpan(FetchRequestEncoder.MaxHeadSize));
        FetchRequestEncoder.WriteHead(
            ref head, version, (int)Wait.TotalMilliseconds, _options.FetchMinBytes, _session.FetchRoom, (byte)_options.IsolationLevel,
            session.Id, session.Epoch, FetchOrder.CountTopics(session.Named));
        output.Advance(head.Position);
        for (int i = 0; i < session.Named.Count;)
        {
            i = EncodeTopic(output, version, session.Named, i);
        }

        EncodeForgotten(output, version, session.Forgotten);
        KafkaWriter tail = new(output.GetSpan(FetchRequestEncoder.MaxTailSize(_rack)));
        FetchRequestEncoder.WriteTail(ref tail, version, _rack);
        output.Advance(tail.Position);
    }

    public override int OnResponse(in ResponseBody body, short version)
    {
        FetchResponseView view = new(body.Span, version);
        if (view.Error != ErrorCode.None)
        {
            _lane.Refused(new KafkaBrokerException(view.Error, ApiKey.Fetch, _lane.BrokerName));
            return view.ThrottleTimeMs;
        }

        FetchedAnswer? answer = null;
        try
        {
            while (view.MoveNextTopic())
            {
                while (view.MoveNextPartition())
                {
                    if (_lane.Session.Find(view.TopicName, view.TopicId, view.Partition) is { } part)
                    {
                        if (view.RecordsLength > 0)
                        {
                            answer ??= _session.Keep(body);
                        }

                        _session.PartitionAnswered(part, view, answer, _lane.BrokerId);
                    }
                }
            }
        }
        finally
        {
            if (answer is not null)
            {
                answer.Release();
                _session.AnswerDelivered();
            }
        }

        _lane.Answered(view.SessionId, broughtRecords: answer is not null);
        return view.ThrottleTimeMs;
    }

    public override void OnFailed(KafkaException error, bool maybeSent) => _lane.Failed(error);

    private int EncodeTopic(RequestWriter output, short version, List<SessionPartition> parts, int first)
    {
        SessionTopic topic = parts[first].Topic;
        int count = FetchOrder.CountOfTopic(parts, first);
        KafkaWriter head = new(output.GetSpan(FetchRequestEncoder.MaxTopicHeadSize(topic.Bytes)));
        FetchRequestEncoder.WriteTopicHead(ref head, version, topic.Bytes, topic.Id, count);
        output.Advance(head.Position);
        for (int i = first; i < first + count; i++)
        {
            SessionPartition part = parts[i];
            KafkaWriter partition = new(output.GetSpan(FetchRequestEncoder.MaxPartitionSize));
            FetchRequestEncoder.WritePartition(
                ref partition, version, part.Partition, part.LeaderEpoch, part.Offset, part.LastEpoch, _options.PartitionFetchMaxBytes);
            output.Advance(partition.Position);
        }

        KafkaWriter tail = new(output.GetSpan(FetchRequestEncoder.MaxTopicTailSize));
        FetchRequestEncoder.WriteTopicTail(ref tail, version);
        output.Advance(tail.Position);
        return first + count;
    }

    private static void EncodeForgotten(RequestWriter output, short version, List<SessionPartition> parts)
    {
        KafkaWriter head = new(output.GetSpan(FetchRequestEncoder.MaxForgottenHeadSize));
        FetchRequestEncoder.WriteForgottenHead(ref head, version, FetchOrder.CountTopics(parts));
        output.Advance(head.Position);
        for (int i = 0; i < parts.Count;)
        {
            SessionTopic topic = parts[i].Topic;
            int[] numbers = new int[FetchOrder.CountOfTopic(parts, i)];
            for (int j = 0; j < numbers.Length; j++)
            {
                numbers[j] = parts[i + j].Partition;
            }

            int size = FetchRequestEncoder.MaxTopicHeadSize(topic.Bytes) + (sizeof(int) * numbers.Length) + FetchRequestEncoder.MaxTopicTailSize;
            KafkaWriter writer = new(output.GetSpan(size));
            FetchRequestEncoder.WriteForgottenTopic(ref writer, version, topic.Bytes, topic.Id, numbers);
            output.Advance(writer.Position);
            i += numbers.Length;
        }
    }
}
