using System.Text;
using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages.Hot;

namespace HighPerf.Kafka.Consuming.Committing;

/// <summary>
/// The one OffsetCommit request of a consumer, made once and used again. What it holds is decided when it is written. Owner: the session's loop.
/// </summary>
internal sealed class CommitCall : BrokerRequest
{
    /// <summary>The last version that names topics by their names.</summary>
    private const short LastWithNames = 9;

    /// <summary>The first version that carries a group instance id.</summary>
    private const short FirstWithInstanceId = 7;

    /// <summary>So many partitions that were not asked for are skipped in one answer; one with more is malformed.</summary>
    private const int MostStrangers = 64;

    private readonly OffsetCommitter _committer;
    private readonly OffsetCommitPipeline _pipeline;
    private readonly CommitSettings _settings;
    private readonly byte[] _groupId;
    private readonly byte[] _groupInstanceId;
    private CommitIdentity _identity; // owner: the loop; under which it was written

    public CommitCall(OffsetCommitter committer, OffsetCommitPipeline pipeline, CommitSettings settings)
    {
        _committer = committer;
        _pipeline = pipeline;
        _settings = settings;
        _groupId = Encoding.UTF8.GetBytes(settings.GroupId);
        _groupInstanceId = settings.GroupInstanceId is null ? [] : Encoding.UTF8.GetBytes(settings.GroupInstanceId);
        _identity = pipeline.Identity;
    }

    public override ApiKey ApiKey => ApiKey.OffsetCommit;

    public override short LowestVersion => _groupInstanceId.Length > 0 ? FirstWithInstanceId : OffsetCommitRequestEncoder.MinVersion;

    /// <summary>Topic ids only if every topic has one (G7).</summary>
    public override short HighestVersion => _pipeline.HasTopicIds ? OffsetCommitRequestEncoder.MaxVersion : LastWithNames;

    public override TimeSpan Timeout => _settings.RequestTimeout;

    public override bool IsFlexible(short version) => version >= 8;

    public override void Encode(RequestWriter output, short version)
    {
        if (!_pipeline.TryBegin(_committer.Now))
        {
            throw new KafkaException("There is nothing to commit any more, or no commit is allowed now.");
        }

        _identity = _pipeline.Identity;
        Span<CommitEntry> entries = _pipeline.Flight;
        byte[] memberId = _identity.MemberIdBytes;
        KafkaWriter head = new(output.GetSpan(OffsetCommitRequestEncoder.MaxHeadSize(_groupId, memberId, _groupInstanceId)));
        OffsetCommitRequestEncoder.WriteHead(ref head, version, _groupId, _identity.Generation, memberId, _groupInstanceId, CountTopics(entries));
        output.Advance(head.Position);
        for (int first = 0; first < entries.Length;)
        {
            int end = EndOfTopic(entries, first);
            EncodeTopic(output, version, entries[first..end]);
            first = end;
        }

        EncodeTail(output, version);
    }

    public override int OnResponse(in ResponseBody body, short version)
    {
        CommitAnswer answer = new(body.Span, version);
        Span<CommitEntry> entries = _pipeline.Flight;
        int expected = 0; // brokers answer in the order of the request
        int strangers = 0;
        while (answer.MoveNextTopic())
        {
            while (answer.MoveNextPartition())
            {
                int index = Find(entries, expected, answer);
                if (index >= 0)
                {
                    entries[index].Code = answer.Error;
                    expected = index + 1;
                }
                else if (++strangers > MostStrangers)
                {
                    throw new KafkaProtocolException("The answer to OffsetCommit holds many partitions that were not asked for, or holds them twice.");
                }
            }
        }

        answer.Finish();
        _committer.OnAnswered(_identity);
        return answer.ThrottleTimeMs;
    }

    public override void OnFailed(KafkaException error, bool maybeSent) => _committer.OnFailed(error, maybeSent);

    private static void EncodeTopic(RequestWriter output, short version, Span<CommitEntry> entries)
    {
        CursorSlot slot = entries[0].Slot;
        KafkaWriter head = new(output.GetSpan(OffsetCommitRequestEncoder.MaxTopicHeadSize(slot.TopicBytes)));
        OffsetCommitRequestEncoder.WriteTopicHead(ref head, version, slot.TopicBytes, slot.TopicId, entries.Length);
        output.Advance(head.Position);
        foreach (ref CommitEntry entry in entries)
        {
            KafkaWriter partition = new(output.GetSpan(OffsetCommitRequestEncoder.MaxPartitionSize(entry.Metadata)));
            OffsetCommitRequestEncoder.WritePartition(
                ref partition, version, entry.Slot.Partition.Partition, entry.Point.Offset, entry.Slot.EpochOf(entry.Point), entry.Metadata);
            output.Advance(partition.Position);
        }

        EncodeTail(output, version);
    }

    private static void EncodeTail(RequestWriter output, short version)
    {
        KafkaWriter tail = new(output.GetSpan(OffsetCommitRequestEncoder.MaxTailSize));
        OffsetCommitRequestEncoder.WriteTail(ref tail, version);
        output.Advance(tail.Position);
    }

    private static int CountTopics(Span<CommitEntry> entries)
    {
        int count = 0;
        for (int first = 0; first < entries.Length; first = EndOfTopic(entries, first))
        {
            count++;
        }

        return count;
    }

    private static int EndOfTopic(Span<CommitEntry> entries, int first)
    {
        CursorSlot topic = entries[first].Slot;
        int end = first + 1;
        while (end < entries.Length && entries[end].Slot.Partition.Topic == topic.Partition.Topic && entries[end].Slot.TopicId == topic.TopicId)
        {
            end++;
        }

        return end;
    }

    // Not found: it was not asked for, or is answered already.
    private static int Find(Span<CommitEntry> entries, int expected, in CommitAnswer answer)
    {
        if (expected < entries.Length && Matches(entries[expected], answer))
        {
            return expected;
        }

        for (int i = 0; i < entries.Length; i++)
        {
            if (Matches(entries[i], answer))
            {
                return i;
            }
        }

        return -1;
    }

    private static bool Matches(in CommitEntry entry, in CommitAnswer answer)
    {
        CursorSlot slot = entry.Slot;
        return entry.Code == CommitEntry.Missing && slot.Partition.Partition == answer.Partition
            && (answer.TopicName.IsEmpty ? slot.TopicId == answer.TopicId : answer.TopicName.SequenceEqual(slot.TopicBytes));
    }
}
