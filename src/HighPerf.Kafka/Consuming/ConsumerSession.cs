using System.Collections.Concurrent;
using System.Text;
using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Consuming.Fetching;
using HighPerf.Kafka.Metadata;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Runtime;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.ObjectPool;

namespace HighPerf.Kafka.Consuming;

/// <summary>
/// What a consumer is without its types. One loop owns the assignment and everything that fetches; the application's calls reach it as messages. This
/// file is the application's side; <c>ConsumerSession.Assignment.cs</c> says what it has, <c>ConsumerSession.Loop.cs</c> is the loop's.
/// </summary>
internal sealed partial class ConsumerSession : IMetadataObserver
{
    private readonly ClusterClient _cluster;
    private readonly ConcurrentQueue<FetchedPartition> _fetched = new(); // the loop adds, the reader takes
    private readonly ReadSignal _signal;
    private readonly ObjectPool<FetchedPartition> _fetchedPool;
    private readonly ObjectPool<BatchLease> _leasePool;
    private readonly LoopCall _makeRoom;
    private readonly IDisposable _subscription;
    private readonly Lock _assignmentLock = new();
    private PartitionAssignment _assignment = new([]); // replaced under _assignmentLock, read by any thread
    private readonly ConcurrentQueue<KafkaException> _reports = new(); // the loop adds, the reader takes
    private KafkaException? _fatal; // written by the loop, once; read by the reader
    private volatile bool _isClosed;
    private Task? _closing; // owner: _assignmentLock

    public ConsumerSession(ClusterClient cluster, ConsumerOptions options)
    {
        _cluster = cluster;
        Options = options.Validated();
        Codecs = new CompressionCodecs { MaxDecompressedLength = Options.MaxDecompressedBatchBytes };
        Loop = cluster.Runtime.Environment.CreateLoop("consumer", LoopKind.Dedicated);
        _signal = new ReadSignal(cluster.Runtime.Executor);
        DefaultObjectPoolProvider pools = new() { MaximumRetained = 1024 };
        _fetchedPool = pools.Create(new FactoryPolicy<FetchedPartition>(() => new FetchedPartition(this)));
        _leasePool = pools.Create(new FactoryPolicy<BatchLease>(() => new BatchLease(this)));
        _makeRoom = new LoopCall(MakeRoom);
        _fetchDue = new LoopCall(FetchPending);
        _wakeUp = new WakeUpTimer(this);
        _resolver = new OffsetResolver(this, cluster);
        Rack = Encoding.UTF8.GetBytes(Options.ClientRack ?? "");
        _checker = new PositionChecker(this, cluster);
        Logger = cluster.Runtime.Loggers.CreateLogger("HighPerf.Kafka.Consuming");
        Group = Options.GroupId is null ? null : new GroupSession(this, cluster);
        _subscription = cluster.Metadata.Subscribe(this, Loop);
    }

    public ConsumerOptions Options { get; }

    public EventLoop Loop { get; }

    public CompressionCodecs Codecs { get; }

    public ILogger Logger { get; }

    public WorkExecutor Executor => _cluster.Runtime.Executor;

    public BufferPool Buffers => _cluster.Runtime.Buffers;

    public bool IsClosed => _isClosed;


    /// <summary>Offsets by time, or by place, in the order of the partitions.</summary>
    public async Task<IReadOnlyList<TopicPartitionOffset>> FindOffsetsAsync(
        IReadOnlyList<TopicPartition> partitions, long timestamp, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        OffsetLookup lookup = new(_cluster, Options.IsolationLevel, partitions.Select(partition => (partition, timestamp)));
        Dictionary<TopicPartition, long> found = await lookup.FindAsync(cancellationToken).ConfigureAwait(false);
        return [.. partitions.Select(partition => new TopicPartitionOffset(partition.Topic, partition.Partition, found[partition]))];
    }

    /// <summary>Moves the position. What was fetched for the old one is not delivered any more when this returns.</summary>
    public void Seek(PartitionCursor cursor, long offset)
    {
        // In this order: what the loop finds for the place before fails to start there.
        int incarnation = cursor.NextIncarnation();
        cursor.Position = offset;
        cursor.ForgetProcessed();
        LoopCall.Post(Loop, () => MoveTo(cursor, incarnation, offset));
    }

    public void Resume(PartitionCursor cursor)
    {
        cursor.IsPaused = false;
        LoopCall.Post(Loop, () => FetchFor(cursor));
        _signal.Set();
    }

    /// <summary>What was fetched next, in the order of arrival. The reader only.</summary>
    public bool TryTake(out FetchedPartition? fetched) => _fetched.TryDequeue(out fetched);

    public bool HasFetched => !_fetched.IsEmpty;

    /// <summary>Waits until there may be something to read, or the consumer is closed. The reader only.</summary>
    public ValueTask WaitAsync(CancellationToken cancellationToken) => _signal.WaitAsync(cancellationToken);

    public BatchLease RentLease() => _leasePool.Get();

    public void Returned(BatchLease lease) => _leasePool.Return(lease);

    public BrokerLink OpenLink(int brokerId, IBrokerLinkListener listener) => _cluster.Pool.OpenLink(brokerId, ConnectionRole.Fetch, Loop, listener);

    public Task CloseAsync()
    {
        lock (_assignmentLock)
        {
            return _closing ??= CloseOnceAsync();
        }
    }

    private async Task CloseOnceAsync()
    {
        _isClosed = true;
        _signal.Set();
        _subscription.Dispose();
        Completion<bool> closed = new(_cluster.Runtime.Executor);
        LoopCall.Post(Loop, () =>
        {
            CloseFetchers();
            if (Group is null)
            {
                closed.Complete(true);
            }
            else
            {
                Group.Close(Loop.Now + Options.CloseTimeout, () => closed.Complete(true));
            }
        });
        await closed.Task.ConfigureAwait(false);
        foreach (PartitionCursor cursor in Assignment)
        {
            cursor.Close();
        }

        _signal.Set();
        _cluster.Runtime.Environment.ReleaseLoop(Loop);
    }

    /// <summary>Throws what the reader is to be told. The reader only.</summary>
    public void ThrowReports()
    {
        if (Volatile.Read(ref _fatal) is { } fatal)
        {
            throw fatal; // and again whenever it is asked
        }

        // Taken first: what is reported from here on raises it again.
        if (!TryTakeDuty(ErrorIsDue))
        {
            return;
        }

        if (_reports.Count > 1)
        {
            Interlocked.Or(ref _readerDuties, ErrorIsDue);
        }

        if (_reports.TryDequeue(out KafkaException? report))
        {
            throw report;
        }
    }
}
