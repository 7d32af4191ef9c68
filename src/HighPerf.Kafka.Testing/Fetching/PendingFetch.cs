using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing.Fetching;

/// <summary>
/// One fetch from its arrival to its answer. It is answered at once when there is enough to send, when a partition has an error, or when the client does not
/// want to wait; else it is parked until one of its partitions grows or its time is over. Owner: the cluster's loop.
/// </summary>
internal sealed class PendingFetch : LoopTimer, IAppendWaiter, IParkedRequest
{
    /// <summary>The most that one answer carries, whatever the client asks, as brokers have it; the first batch may still be larger.</summary>
    public const int MaxResponseBytes = 55 * 1024 * 1024;

    private const short FirstTopicIdVersion = 13;

    private readonly FetchRequest _request;
    private readonly RequestContext _context;
    private readonly List<FetchSlot> _slots = [];
    private bool _parked;

    public PendingFetch(FetchRequest request, RequestContext context)
    {
        _request = request;
        _context = context;
        bool byId = context.Version >= FirstTopicIdVersion;
        foreach (FetchRequest.FetchTopic asked in request.Topics)
        {
            Topic? topic = byId ? context.Cluster.Topics.Find(asked.TopicId) : context.Cluster.Topics.Find(asked.Topic);
            ErrorCode unknown = byId && topic is null ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition;
            foreach (FetchRequest.FetchPartition partition in asked.Partitions)
            {
                _slots.Add(new FetchSlot(partition, topic?.FindPartition(partition.Partition), unknown));
            }
        }
    }

    public static FetchResponse CreateErrorResponse(FetchRequest request, short version, ErrorCode error)
    {
        // The code for the whole answer exists since version 7; before it every partition carries it.
        FetchResponse response = new() { ErrorCode = (short)error };
        if (version >= FetchResponseWriter.FirstSessionVersion)
        {
            return response;
        }

        foreach (FetchRequest.FetchTopic asked in request.Topics)
        {
            FetchResponse.FetchableTopicResponse topic = new() { Topic = asked.Topic };
            topic.Partitions.AddRange(asked.Partitions.Select(partition => new FetchResponse.PartitionData
            {
                PartitionIndex = partition.Partition,
                ErrorCode = (short)error,
                HighWatermark = -1,
                Records = [],
            }));
            response.Responses.Add(topic);
        }

        return response;
    }

    /// <summary>Answers or parks.</summary>
    public void Start()
    {
        if (_request.MaxWaitMs <= 0 || _slots.Count == 0 || IsSatisfied())
        {
            Answer();
            return;
        }

        _parked = true;
        foreach (FetchSlot slot in _slots)
        {
            slot.Partition!.AddWaiter(this);
        }

        EventLoop loop = _context.Cluster.Loop;
        loop.Arm(this, loop.Now + TimeSpan.FromMilliseconds(_request.MaxWaitMs));
        _context.Park(this);
    }

    public void OnAppended()
    {
        if (IsSatisfied())
        {
            Unpark();
            Answer();
        }
    }

    public void Abandon() => Unpark();

    protected internal override void OnDue()
    {
        Unpark();
        Answer();
    }

    private void Unpark()
    {
        if (!_parked)
        {
            return;
        }

        _parked = false;
        _context.Cluster.Loop.Disarm(this);
        foreach (FetchSlot slot in _slots)
        {
            slot.Partition!.RemoveWaiter(this);
        }
    }

    /// <summary>Whether there are the bytes the client wants to wait for, or an error to tell.</summary>
    private bool IsSatisfied()
    {
        long wanted = Math.Min(_request.MinBytes, MaxResponseBytes);
        long found = 0;
        foreach (FetchSlot slot in _slots)
        {
            if (Check(slot) != ErrorCode.None)
            {
                return true;
            }

            found += Math.Min(slot.Partition!.Log.BytesFrom(slot.Asked.FetchOffset), Math.Max(slot.Asked.PartitionMaxBytes, 0));
            if (found >= wanted)
            {
                return true;
            }
        }

        return false;
    }

    private ErrorCode Check(in FetchSlot slot)
    {
        if (slot.Partition is not { } partition)
        {
            return slot.Unknown;
        }

        ErrorCode error = partition.CheckLeader(_context.Broker.NodeId, slot.Asked.CurrentLeaderEpoch);
        if (error != ErrorCode.None)
        {
            return partition.IsDeleted && _context.Version >= FirstTopicIdVersion ? ErrorCode.UnknownTopicId : error;
        }

        long offset = slot.Asked.FetchOffset;
        return offset < partition.Log.StartOffset || offset > partition.HighWatermark ? ErrorCode.OffsetOutOfRange : ErrorCode.None;
    }

    private void Answer()
    {
        FetchResponseWriter writer = new(_context.BeginResponse(), _context.Version);
        writer.Begin(_request.Topics.Count);
        List<ArraySegment<byte>> slices = _context.Cluster.Slices;
        int room = Math.Min(_request.MaxBytes, MaxResponseBytes);
        bool nothingYet = true;
        int next = 0;
        foreach (FetchRequest.FetchTopic topic in _request.Topics)
        {
            writer.BeginTopic(topic.Topic, topic.TopicId, topic.Partitions.Count);
            for (int i = 0; i < topic.Partitions.Count; i++)
            {
                FetchSlot slot = _slots[next++];
                ErrorCode error = Check(slot);
                if (error != ErrorCode.None)
                {
                    writer.WriteError(slot.Asked.Partition, error);
                    continue;
                }

                slices.Clear();
                int count = slot.Partition!.Log.Read(slot.Asked.FetchOffset, Math.Min(room, slot.Asked.PartitionMaxBytes), nothingYet, slices);
                room -= count;
                nothingYet &= count == 0;
                writer.WritePartition(slot.Partition, _request.IsolationLevel != 0, count, slices);
            }

            writer.EndTopic();
        }

        slices.Clear();
        writer.End();
        _context.EndResponse();
    }
}
