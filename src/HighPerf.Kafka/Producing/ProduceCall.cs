using System.Text;
using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Metadata;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages.Hot;

namespace HighPerf.Kafka.Producing;

/// <summary>
/// One Produce request: batches of several partitions of one broker, one of each. Made once and used again by its sender. Record bytes are gathered
/// from the batches, not copied.
/// Owner: the sender's loop.
/// </summary>
internal sealed class ProduceCall : BrokerRequest
{
    private readonly BrokerSender _sender;
    private readonly ProducerOptions _options;
    private readonly List<ProduceBatch> _batches = []; // owner: the loop; ordered by topic when encoded
    private readonly List<LeaderHint> _hints = []; // owner: the loop; while an answer is read
    private bool _hasIds;

    public ProduceCall(BrokerSender sender, ProducerOptions options)
    {
        _sender = sender;
        _options = options;
    }

    public List<ProduceBatch> Batches => _batches;

    public override ApiKey ApiKey => ApiKey.Produce;

    public override short LowestVersion => ProduceRequestEncoder.MinVersion;

    /// <summary>Topic ids only if every topic has one (G7).</summary>
    public override short HighestVersion => _hasIds ? ProduceRequestEncoder.MaxVersion : (short)(ProduceRequestEncoder.MaxVersion - 1);

    public override bool ExpectsResponse => _options.Acks != Acks.None;

    public override TimeSpan Timeout => _options.RequestTimeout;

    public override bool IsFlexible(short version) => version >= 9;

    /// <summary>Brings the batches of one topic together. Called once, before sending.</summary>
    public void Arrange()
    {
        _batches.Sort(static (a, b) =>
        {
            int order = string.CompareOrdinal(a.Queue.Topic.Name, b.Queue.Topic.Name);
            return order != 0 ? order : a.Queue.Partition.CompareTo(b.Queue.Partition);
        });
        _hasIds = true;
        foreach (ProduceBatch batch in _batches)
        {
            _hasIds &= batch.Queue.Topic.Id != Guid.Empty;
        }
    }

    public override void Encode(RequestWriter output, short version)
    {
        int timeoutMs = (int)_options.RequestTimeout.TotalMilliseconds;
        KafkaWriter head = new(output.GetSpan(ProduceRequestEncoder.MaxHeadSize(default)));
        ProduceRequestEncoder.WriteHead(ref head, version, default, (short)_options.Acks, timeoutMs, CountTopics());
        output.Advance(head.Position);
        for (int i = 0; i < _batches.Count;)
        {
            i = EncodeTopic(output, version, i);
        }

        KafkaWriter tail = new(output.GetSpan(ProduceRequestEncoder.MaxTailSize));
        ProduceRequestEncoder.WriteTail(ref tail, version);
        output.Advance(tail.Position);
    }

    public override int OnResponse(in ResponseBody body, short version)
    {
        ProduceResponseView view = new(body.Span, version);
        while (view.MoveNextTopic())
        {
            while (view.MoveNextPartition())
            {
                int index = Find(view.TopicName, view.TopicId, view.Partition);
                if (index >= 0)
                {
                    ProduceBatch batch = _batches[index];
                    _batches.RemoveAt(index);
                    if (view.CurrentLeaderId >= 0 && view.Error != ErrorCode.None)
                    {
                        _hints.Add(new LeaderHint(batch.Queue.Topic.Name, batch.Queue.Partition, view.CurrentLeaderId, view.CurrentLeaderEpoch));
                    }

                    batch.RefusedRecords = view.RecordErrorCount == 0 ? null : ReadRefused(ref view, batch.RecordCount);
                    bool namesRecords = batch.RefusedRecords is { Count: > 0 };
                    ProduceAnswer answer = new(view.Error, view.BaseOffset, view.LogAppendTimeMs, view.LogStartOffset, namesRecords);
                    _sender.Answered(batch, answer, view.ErrorMessage);
                }
            }
        }

        view.Finish();
        int throttle = view.ThrottleTimeMs;
        if (_hints.Count > 0)
        {
            PassHintsOn(ref view);
        }

        while (_batches.Count > 0)
        {
            // A partition that the answer leaves out was not answered: whether it was written nobody knows (G6).
            ProduceBatch batch = _batches[^1];
            _batches.RemoveAt(_batches.Count - 1);
            _sender.Lost(batch, new KafkaProtocolException($"The Produce answer does not mention {batch.Queue.Topic.Name}-{batch.Queue.Partition}."), true);
        }

        _sender.Done(this);
        return throttle;
    }

    public override void OnFailed(KafkaException error, bool maybeSent)
    {
        foreach (ProduceBatch batch in _batches)
        {
            _sender.Lost(batch, error, maybeSent);
        }

        _batches.Clear();
        _hints.Clear(); // of an answer that could not be read to its end
        _sender.Done(this);
    }

    /// <summary>Acks none: what is handed to the network is done (P15).</summary>
    public override void OnWritten()
    {
        foreach (ProduceBatch batch in _batches)
        {
            _sender.Answered(batch, new ProduceAnswer(ErrorCode.None), default);
        }

        _batches.Clear();
        _sender.Done(this);
    }

    // KIP-951: where the leaders are now. Seldom there, so that copies do not matter.
    private void PassHintsOn(ref ProduceResponseView view)
    {
        List<BrokerEndpoint> brokers = [];
        while (view.MoveNextNode(out int id, out ReadOnlySpan<byte> host, out int port, out ReadOnlySpan<byte> rack))
        {
            brokers.Add(new BrokerEndpoint(id, Encoding.UTF8.GetString(host), port, rack.IsEmpty ? null : Encoding.UTF8.GetString(rack)));
        }

        _sender.LeadersTold([.. _hints], brokers);
        _hints.Clear();
    }

    // A broker may name a record twice, or one that is not in the batch.
    private static List<RefusedRecord> ReadRefused(ref ProduceResponseView view, int recordCount)
    {
        SortedDictionary<int, RefusedRecord> refused = [];
        while (view.MoveNextRecordError(out int index, out ReadOnlySpan<byte> message))
        {
            if (index >= 0 && index < recordCount)
            {
                refused[index] = new RefusedRecord(index, Encoding.UTF8.GetString(message));
            }
        }

        return [.. refused.Values];
    }

    private int EncodeTopic(RequestWriter output, short version, int first)
    {
        ProducerTopic topic = _batches[first].Queue.Topic;
        int end = first;
        while (end < _batches.Count && _batches[end].Queue.Topic == topic)
        {
            end++;
        }

        KafkaWriter head = new(output.GetSpan(ProduceRequestEncoder.MaxTopicHeadSize(topic.NameBytes)));
        ProduceRequestEncoder.WriteTopicHead(ref head, version, topic.NameBytes, topic.Id, end - first);
        output.Advance(head.Position);
        for (int i = first; i < end; i++)
        {
            ProduceBatch batch = _batches[i];
            KafkaWriter partition = new(output.GetSpan(ProduceRequestEncoder.MaxPartitionHeadSize));
            ProduceRequestEncoder.WritePartitionHead(ref partition, version, batch.Queue.Partition, batch.WireLength);
            output.Advance(partition.Position);
            foreach (ArraySegment<byte> segment in batch.Segments)
            {
                output.Append(segment);
            }

            WriteTail(output, version);
        }

        WriteTail(output, version);
        return end;
    }

    private static void WriteTail(RequestWriter output, short version)
    {
        KafkaWriter tail = new(output.GetSpan(ProduceRequestEncoder.MaxTailSize));
        ProduceRequestEncoder.WriteTail(ref tail, version);
        output.Advance(tail.Position);
    }

    private int CountTopics()
    {
        int count = 0;
        ProducerTopic? last = null;
        foreach (ProduceBatch batch in _batches)
        {
            if (batch.Queue.Topic != last)
            {
                last = batch.Queue.Topic;
                count++;
            }
        }

        return count;
    }

    private int Find(ReadOnlySpan<byte> name, Guid id, int partition)
    {
        for (int i = 0; i < _batches.Count; i++)
        {
            PartitionQueue queue = _batches[i].Queue;
            if (queue.Partition == partition && (name.IsEmpty ? queue.Topic.Id == id : name.SequenceEqual(queue.Topic.NameBytes)))
            {
                return i;
            }
        }

        return -1;
    }
}
