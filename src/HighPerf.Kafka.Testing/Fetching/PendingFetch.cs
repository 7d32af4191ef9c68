using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Quotas;

namespace HighPerf.Kafka.Testing.Fetching;

/// <summary>
/// One fetch from its arrival to its answer. It is answered at once when there is enough to send, when a partition has an error, or when the client does not
/// want to wait; else it is parked until one of its partitions changes or its time is over. Owner: the cluster's loop.
/// </summary>
internal sealed class PendingFetch : LoopTimer, IParkedRequest
{
    /// <summary>About what a partition takes in an answer beside its records, for the quota.</summary>
    private const int PartitionOverhead = 40;

    private readonly RequestContext _context;
    private readonly FetchParameters _parameters;
    private readonly FetchPartitionSet _partitions;

    /// <summary>The session that goes on with this fetch; null: the answer is a full one.</summary>
    private readonly FetchSession? _session;

    /// <summary>The session's epoch behind this request. Another one at the end means that somebody else has used the session meanwhile.</summary>
    private readonly int _sessionEpoch;

    private readonly bool _wantsSession;
    private bool _parked;

    public PendingFetch(RequestContext context, in FetchParameters parameters, FetchSession session)
    {
        _context = context;
        _parameters = parameters;
        _partitions = session.Partitions;
        _session = session;
        _sessionEpoch = session.Epoch;
    }

    public PendingFetch(RequestContext context, in FetchParameters parameters, FetchPartitionSet partitions, bool wantsSession)
    {
        _context = context;
        _parameters = parameters;
        _partitions = partitions;
        _wantsSession = wantsSession;
    }

    private FetchReads Reads => _context.Cluster.FetchReads;

    /// <summary>Answers or parks.</summary>
    public void Start()
    {
        int unknown = _partitions.Resolve(_context.Cluster.Topics);
        Reads.Read(_partitions, _parameters);
        bool nothingToWaitFor = _parameters.MaxWaitMs <= 0 || unknown == _partitions.Count;
        if (nothingToWaitFor || Reads.IsUrgent || Reads.Bytes >= _parameters.MinBytes || FetchReads.HasEnough(_partitions, _parameters))
        {
            Answer();
        }
        else
        {
            Park();
        }
    }

    /// <summary>Something changed in the partitions while this waits.</summary>
    public void OnChanged()
    {
        if (FetchReads.HasEnough(_partitions, _parameters))
        {
            ReadAndAnswer();
        }
    }

    public void Abandon()
    {
        Unpark();
        if (_session is null)
        {
            _partitions.Release();
        }
    }

    protected internal override void OnDue() => ReadAndAnswer();

    private void Park()
    {
        Reads.Clear();
        _parked = true;
        _partitions.Watch();
        _partitions.AddWaiting(this);
        EventLoop loop = _context.Cluster.Loop;
        loop.Arm(this, loop.Now + TimeSpan.FromMilliseconds(_parameters.MaxWaitMs));
        _context.Park(this);
    }

    private void Unpark()
    {
        if (_parked)
        {
            _parked = false;
            _context.Cluster.Loop.Disarm(this);
            _partitions.RemoveWaiting(this);
        }
    }

    private void ReadAndAnswer()
    {
        Unpark();
        Reads.Read(_partitions, _parameters);
        Answer();
    }

    private void Answer()
    {
        if (Throttle() is var throttleMs and > 0)
        {
            AnswerNothing(throttleMs);
        }
        else if (_session is null)
        {
            AnswerFull();
        }
        else if (_session.Epoch == _sessionEpoch)
        {
            AnswerNews(_session);
        }
        else
        {
            Write(ErrorCode.InvalidFetchSessionEpoch, _session.Id, []);
        }

        Reads.Clear();
        _context.EndResponse();
    }

    /// <summary>How long the client must be quiet; what was counted is taken back then, because it is not sent.</summary>
    private int Throttle()
    {
        if (_parameters.IsReplica)
        {
            return 0;
        }

        long bytes = Reads.Bytes + ((long)PartitionOverhead * Reads.Reads.Count);
        int milliseconds = _context.Throttle(QuotaKind.Fetch, bytes);
        if (milliseconds > 0)
        {
            _context.Broker.Quotas.Unrecord(_context.Header.ClientId, QuotaKind.Fetch, bytes);
        }

        return milliseconds;
    }

    /// <summary>A client over its quota gets no records, and asks for the same again.</summary>
    private void AnswerNothing(int throttleMs)
    {
        bool isStale = _session is not null && _session.Epoch != _sessionEpoch;
        Write(isStale ? ErrorCode.InvalidFetchSessionEpoch : ErrorCode.None, _session?.Id ?? FetchSession.NoId, [], throttleMs);
        if (_session is null)
        {
            _partitions.Release();
        }
    }

    private void AnswerFull()
    {
        FetchSession? session = null;
        if (_wantsSession)
        {
            bool usesTopicIds = _context.Version >= FetchResponseWriter.FirstTopicIdVersion;
            session = _context.Broker.FetchSessions.TryCreate(_parameters.IsReplica, usesTopicIds, _partitions, _context.Cluster.NowMs);
        }

        Write(ErrorCode.None, session?.Id ?? FetchSession.NoId, Reads.Reads);
        if (session is null)
        {
            _partitions.Release();
            return;
        }

        _partitions.Watch();
        Settle();
        foreach (FetchRead read in Reads.Reads)
        {
            // The session begins with the partitions in the order of the answer.
            read.Partition.ToldHighWatermark = read.HighWatermark;
            read.Partition.ToldLogStart = read.LogStartOffset;
            _partitions.MoveToEnd(read.Partition);
        }
    }

    private void AnswerNews(FetchSession session)
    {
        Settle();
        Reads.Reads.RemoveAll(static read => !read.IsNews);
        Write(ErrorCode.None, session.Id, Reads.Reads);
        foreach (FetchRead read in Reads.Reads)
        {
            // After an error the partition is told again, even if nothing else has changed.
            read.Partition.ToldHighWatermark = read.Error == ErrorCode.None ? read.HighWatermark : -1;
            read.Partition.ToldLogStart = read.LogStartOffset;
            if (read.Bytes > 0)
            {
                _partitions.MoveToEnd(read.Partition);
            }
        }
    }

    private void Settle()
    {
        foreach (FetchRead read in Reads.Reads)
        {
            read.Partition.IsSettled = !read.HasMore && !read.IsUrgent;
        }

        _partitions.DropSettled();
    }

    private void Write(ErrorCode error, int sessionId, List<FetchRead> reads, int throttleMs = 0)
    {
        FetchResponseWriter writer = new(_context.BeginResponse(), _context.Version);
        writer.Write(throttleMs, error, sessionId, reads, Reads, _context.Cluster);
    }
}
