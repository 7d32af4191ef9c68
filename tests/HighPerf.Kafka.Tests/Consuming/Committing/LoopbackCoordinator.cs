using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Consuming.Committing;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Tests.Consuming.Committing;

/// <summary>
/// A group's coordinator without a network, on the committer's own loop: it reads the bytes of each request and answers in bytes, late, with errors, or not at
/// all because the connection died; then it may have applied the request, or never do it, or do it a little later. It knows when an offset goes backward.
/// </summary>
internal sealed class LoopbackCoordinator : ICommitRoute
{
    private const short Version = 9;

    private readonly EventLoop _loop;
    private readonly RandomSource _random;
    private readonly BufferPool _pool = new();
    private readonly RequestWriter _writer;
    private readonly long[] _committed; // owner: the loop; read by the callers
    private readonly long[] _highest; // owner: the loop; read by the callers
    private int _underWay; // owner: the loop

    public LoopbackCoordinator(EventLoop loop, RandomSource random, int partitions)
    {
        _loop = loop;
        _random = random;
        _writer = new RequestWriter(_pool);
        _committed = new long[partitions];
        _highest = new long[partitions];
    }

    /// <summary>How long an answer takes.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>How often a request meets a fault, and its answer up to twice the delay.</summary>
    public double FaultRate { get; init; }

    /// <summary>How long a request of a dead connection may lie before it is applied.</summary>
    public TimeSpan LatestApply { get; init; }

    public int Requests { get; private set; }

    public int Faults { get; private set; }

    /// <summary>Requests beside another one.</summary>
    public int Overlaps { get; private set; }

    /// <summary>Offsets that went backward, but for those that a dead connection brought late.</summary>
    public int Decreases { get; private set; }

    public int LateDecreases { get; private set; }

    public long Committed(int partition) => Volatile.Read(ref _committed[partition]);

    /// <summary>The highest that was ever committed.</summary>
    public long Highest(int partition) => Volatile.Read(ref _highest[partition]);

    public void Moved(ErrorCode code)
    {
    }

    public void Send(BrokerRequest request)
    {
        Overlaps += _underWay++ > 0 ? 1 : 0;
        Requests++;
        bool isFaulty = _random.Chance(FaultRate);
        Faults += isFaulty ? 1 : 0;
        int fault = isFaulty ? 1 + _random.Next(5) : 0;
        if (fault == 1)
        {
            // Not sent: as when no connection can be made.
            After(Jitter(), () => Fail(request, maybeSent: false));
            return;
        }

        OffsetCommitRequest? asked = Encode(request);
        if (asked is null)
        {
            return;
        }

        switch (fault)
        {
            case 2: // the connection dies before the request is read
                After(Jitter(), () => Fail(request, maybeSent: true));
                break;
            case 3: // it dies after
                Apply(asked, isLate: false);
                After(Jitter(), () => Fail(request, maybeSent: true));
                break;
            case 4: // it dies, and what it brought is applied later
                TimeSpan late = TimeSpan.FromTicks((long)(LatestApply.Ticks * _random.NextDouble()));
                After(late, () => Apply(asked, isLate: true));
                After(Jitter(), () => Fail(request, maybeSent: true));
                break;
            default:
                ErrorCode code = fault == 0 ? ErrorCode.None : _random.Chance(0.5) ? ErrorCode.NotCoordinator : ErrorCode.CoordinatorLoadInProgress;
                After(Jitter(), () => Answer(request, asked, code));
                break;
        }
    }

    private TimeSpan Jitter() => FaultRate == 0 ? Delay : TimeSpan.FromTicks((long)(2 * Delay.Ticks * _random.NextDouble()));

    private OffsetCommitRequest? Encode(BrokerRequest request)
    {
        try
        {
            request.Encode(_writer, Version);
        }
        catch (KafkaException error)
        {
            _writer.Reset();
            _underWay--;
            request.OnFailed(error, maybeSent: false);
            return null;
        }

        byte[] bytes = [.. _writer.Finish().SelectMany(static segment => segment)];
        _writer.Reset();
        KafkaReader reader = new(bytes);
        return OffsetCommitRequest.Read(ref reader, Version);
    }

    private void Fail(BrokerRequest request, bool maybeSent)
    {
        _underWay--;
        request.OnFailed(new KafkaConnectionException("The connection was lost."), maybeSent);
    }

    private void Answer(BrokerRequest request, OffsetCommitRequest asked, ErrorCode code)
    {
        if (code == ErrorCode.None)
        {
            Apply(asked, isLate: false);
        }

        OffsetCommitResponse answer = new();
        foreach (OffsetCommitRequest.OffsetCommitRequestTopic topic in asked.Topics)
        {
            OffsetCommitResponse.OffsetCommitResponseTopic told = new() { Name = topic.Name };
            foreach (OffsetCommitRequest.OffsetCommitRequestPartition partition in topic.Partitions)
            {
                told.Partitions.Add(new OffsetCommitResponse.OffsetCommitResponsePartition
                {
                    PartitionIndex = partition.PartitionIndex, ErrorCode = (short)code,
                });
            }

            answer.Topics.Add(told);
        }

        int size = answer.GetSize(Version);
        SharedBuffer buffer = new(_pool, size);
        KafkaWriter writer = new(buffer.Array);
        answer.Write(ref writer, Version);
        _underWay--;
        request.OnResponse(new ResponseBody(buffer, 0, size, _pool), Version);
        buffer.Release();
    }

    private void Apply(OffsetCommitRequest asked, bool isLate)
    {
        foreach (OffsetCommitRequest.OffsetCommitRequestPartition partition in asked.Topics.SelectMany(static topic => topic.Partitions))
        {
            int index = partition.PartitionIndex;
            long offset = partition.CommittedOffset;
            if (offset < _highest[index])
            {
                Decreases += isLate ? 0 : 1;
                LateDecreases += isLate ? 1 : 0;
            }

            Volatile.Write(ref _committed[index], offset);
            Volatile.Write(ref _highest[index], Math.Max(offset, _highest[index]));
        }
    }

    private void After(TimeSpan time, Action action) => _loop.Arm(new Later(action), _loop.Now + time);

    private sealed class Later(Action action) : LoopTimer
    {
        protected internal override void OnDue() => action();
    }
}
