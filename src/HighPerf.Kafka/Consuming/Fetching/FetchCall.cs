using System.Runtime.InteropServices;
using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages.Hot;

namespace HighPerf.Kafka.Consuming.Fetching;

/// <summary>One Fetch request of one lane. Made once and used again. Owner: the session's loop.</summary>
internal sealed class FetchCall : BrokerRequest
{
    private readonly FetchLane _lane;
    private readonly ConsumerSession _session;
    private readonly ConsumerOptions _options;
    private readonly List<FetchEntry> _entries = []; // owner: the loop; entries of one topic stand together
    private readonly List<FetchEntry> _turned = []; // owner: the loop; for turning the entries
    private string _firstTopic = "";
    private int _maxBytes;
    private bool _hasIds;

    public FetchCall(FetchLane lane, ConsumerSession session)
    {
        _lane = lane;
        _session = session;
        _options = session.Options;
    }

    public List<FetchEntry> Entries => _entries;

    public override ApiKey ApiKey => ApiKey.Fetch;

    public override short LowestVersion => FetchRequestEncoder.MinVersion;

    /// <summary>Topic ids only if every topic has one (G7).</summary>
    public override short HighestVersion => _hasIds ? FetchRequestEncoder.MaxVersion : (short)12;

    public override TimeSpan Timeout => _options.FetchMaxWait + _options.RequestTimeout;

    public override bool IsFlexible(short version) => version >= 12;

    /// <summary>
    /// Brings the entries of one topic together. Called once, before sending. A broker fills its answer from the front until the limit is reached: each
    /// request begins with the next topic, and within a topic with the partition that was served longest ago, so that none starves behind busy ones.
    /// </summary>
    public void Arrange()
    {
        _entries.Sort(static (a, b) =>
        {
            int order = string.CompareOrdinal(a.Cursor.Topic, b.Cursor.Topic);
            order = order != 0 ? order : a.Cursor.LastServed.CompareTo(b.Cursor.LastServed);
            return order != 0 ? order : a.Cursor.Partition.CompareTo(b.Cursor.Partition);
        });
        int first = _entries.FindIndex(entry => string.CompareOrdinal(entry.Cursor.Topic, _firstTopic) > 0);
        if (first > 0)
        {
            _turned.AddRange(_entries);
            _entries.Clear();
            _entries.AddRange(CollectionsMarshal.AsSpan(_turned)[first..]);
            _entries.AddRange(CollectionsMarshal.AsSpan(_turned)[..first]);
            _turned.Clear();
        }

        _firstTopic = _entries[0].Cursor.Topic;
        _hasIds = true;
        foreach (FetchEntry entry in _entries)
        {
            _hasIds &= entry.TopicId != Guid.Empty;
        }
    }

    public override void Encode(RequestWriter output, short version)
    {
        int maxWaitMs = (int)_options.FetchMaxWait.TotalMilliseconds;
        _maxBytes = _session.FetchRoom;
        KafkaWriter head = new(output.GetSpan(FetchRequestEncoder.MaxHeadSize));
        FetchRequestEncoder.WriteHead(
            ref head, version, maxWaitMs, _options.FetchMinBytes, _maxBytes, (byte)_options.IsolationLevel,
            sessionId: 0, sessionEpoch: -1, CountTopics());
        output.Advance(head.Position);
        for (int i = 0; i < _entries.Count;)
        {
            i = EncodeTopic(output, version, i);
        }

        KafkaWriter tail = new(output.GetSpan(FetchRequestEncoder.MaxForgottenHeadSize + FetchRequestEncoder.MaxTailSize(default)));
        FetchRequestEncoder.WriteForgottenHead(ref tail, version, 0);
        FetchRequestEncoder.WriteTail(ref tail, version, default);
        output.Advance(tail.Position);
    }

    public override int OnResponse(in ResponseBody body, short version)
    {
        FetchResponseView view = new(body.Span, version);
        if (view.Error != ErrorCode.None)
        {
            _lane.Refused(this, new KafkaBrokerException(view.Error, ApiKey.Fetch, _lane.BrokerName));
            return view.ThrottleTimeMs;
        }

        SharedBuffer? buffer = null;
        int bodyOffset = 0;
        try
        {
            while (view.MoveNextTopic())
            {
                while (view.MoveNextPartition())
                {
                    int index = Find(view.TopicName, view.TopicId, view.Partition);
                    if (index < 0)
                    {
                        continue; // not asked for, or answered twice
                    }

                    FetchEntry entry = _entries[index];
                    _entries.RemoveAt(index);
                    if (view.RecordsLength > 0 && buffer is null)
                    {
                        buffer = body.Detach(out bodyOffset, out _);
                    }

                    _lane.Answered(entry, view, buffer, bodyOffset);
                }
            }
        }
        finally
        {
            buffer?.Release();
        }

        _lane.Done(this);
        return view.ThrottleTimeMs;
    }

    public override void OnFailed(KafkaException error, bool maybeSent) => _lane.Refused(this, error);

    private int EncodeTopic(RequestWriter output, short version, int first)
    {
        PartitionCursor cursor = _entries[first].Cursor;
        int end = first;
        while (end < _entries.Count && _entries[end].Cursor.Topic == cursor.Topic)
        {
            end++;
        }

        KafkaWriter head = new(output.GetSpan(FetchRequestEncoder.MaxTopicHeadSize(cursor.TopicBytes)));
        FetchRequestEncoder.WriteTopicHead(ref head, version, cursor.TopicBytes, _entries[first].TopicId, end - first);
        output.Advance(head.Position);
        for (int i = first; i < end; i++)
        {
            FetchEntry entry = _entries[i];
            KafkaWriter partition = new(output.GetSpan(FetchRequestEncoder.MaxPartitionSize));
            FetchRequestEncoder.WritePartition(
                ref partition, version, entry.Cursor.Partition, entry.Cursor.LeaderEpoch, entry.Offset, lastFetchedEpoch: -1,
                Math.Min(_options.PartitionFetchMaxBytes, _maxBytes));
            output.Advance(partition.Position);
        }

        KafkaWriter tail = new(output.GetSpan(FetchRequestEncoder.MaxTopicTailSize));
        FetchRequestEncoder.WriteTopicTail(ref tail, version);
        output.Advance(tail.Position);
        return end;
    }

    private int CountTopics()
    {
        int count = 0;
        string? last = null;
        foreach (FetchEntry entry in _entries)
        {
            if (entry.Cursor.Topic != last)
            {
                last = entry.Cursor.Topic;
                count++;
            }
        }

        return count;
    }

    private int Find(ReadOnlySpan<byte> name, Guid id, int partition)
    {
        for (int i = 0; i < _entries.Count; i++)
        {
            FetchEntry entry = _entries[i];
            if (entry.Cursor.Partition == partition && (name.IsEmpty ? entry.TopicId == id : name.SequenceEqual(entry.Cursor.TopicBytes)))
            {
                return i;
            }
        }

        return -1;
    }
}
