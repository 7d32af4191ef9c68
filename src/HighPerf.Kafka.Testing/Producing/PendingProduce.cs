using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Quotas;

namespace HighPerf.Kafka.Testing.Producing;

/// <summary>
/// A Produce request with acks all whose records are appended and not on all replicas in sync yet. It is answered when they are, when another broker leads, or
/// when its time is over; in the last two cases the records may stay all the same. Owner: the cluster's loop.
/// </summary>
internal sealed class PendingProduce : LoopTimer, IAppendWaiter, IParkedRequest
{
    private readonly RequestContext _context;
    private readonly List<ProduceTopic> _topics;
    private readonly List<ProduceResult> _results;
    private int _pending;

    public PendingProduce(RequestContext context, List<ProduceTopic> topics, List<ProduceResult> results)
    {
        _context = context;
        _topics = [.. topics];
        _results = [.. results];
    }

    /// <summary>Waits for the partitions whose results are not known.</summary>
    public void Park(int timeoutMs)
    {
        foreach (ProduceResult result in _results)
        {
            if (result.RequiredOffset >= 0)
            {
                _pending++;
                result.Partition!.AddWaiter(this);
            }
        }

        EventLoop loop = _context.Cluster.Loop;
        loop.Arm(this, loop.Now + TimeSpan.FromMilliseconds(Math.Max(timeoutMs, 0)));
        _context.Park(this);
    }

    /// <summary>What is known of a result now: the same, or one that waits for nothing any more.</summary>
    public static ProduceResult Look(in ProduceResult result, int brokerId)
    {
        if (result.RequiredOffset < 0)
        {
            return result;
        }

        Partition partition = result.Partition!;
        ErrorCode error = partition.CheckLeader(brokerId, -1);
        if (error == ErrorCode.None && partition.HighWatermark < result.RequiredOffset)
        {
            return result;
        }

        if (error == ErrorCode.None && partition.IsUnderMinInSync)
        {
            error = ErrorCode.NotEnoughReplicasAfterAppend;
        }

        return result with { RequiredOffset = -1, Error = error };
    }

    public static void Answer(RequestContext context, List<ProduceTopic> topics, List<ProduceResult> results)
    {
        int throttleMs = context.Throttle(QuotaKind.Produce, context.RequestBytes);
        new ProduceResponseWriter(context.BeginResponse(), context.Version).Write(topics, results, throttleMs, context.Cluster);
        context.EndResponse();
    }

    public void OnAppended()
    {
        for (int i = 0; i < _results.Count; i++)
        {
            ProduceResult result = _results[i];
            _results[i] = Look(result, _context.Broker.NodeId);
            if (result.RequiredOffset >= 0 && _results[i].RequiredOffset < 0)
            {
                _pending--;
                result.Partition!.RemoveWaiter(this);
            }
        }

        if (_pending == 0)
        {
            Answer();
        }
    }

    public void Abandon()
    {
        _context.Cluster.Loop.Disarm(this);
        foreach (ProduceResult result in _results)
        {
            if (result.RequiredOffset >= 0)
            {
                result.Partition!.RemoveWaiter(this);
            }
        }
    }

    protected internal override void OnDue()
    {
        Abandon();
        for (int i = 0; i < _results.Count; i++)
        {
            if (_results[i].RequiredOffset >= 0)
            {
                _results[i] = _results[i] with { Error = ErrorCode.RequestTimedOut };
            }
        }

        Answer();
    }

    private void Answer()
    {
        _context.Cluster.Loop.Disarm(this);
        Answer(_context, _topics, _results);
    }
}
