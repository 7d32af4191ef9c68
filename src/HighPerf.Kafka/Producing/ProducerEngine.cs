using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Diagnostics;
using HighPerf.Kafka.Metadata;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Runtime;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.ObjectPool;

namespace HighPerf.Kafka.Producing;

/// <summary>
/// What a producer is without its types: topics, partition queues, memory and senders. This file is the callers' side (any thread);
/// <c>ProducerEngine.Loop.cs</c> is the loop's side.
/// </summary>
internal sealed partial class ProducerEngine : IMetadataObserver, IThreadPoolWorkItem
{
    private const int RecentTopics = 8;

    /// <summary>
    /// The most bytes of idle segments beyond the memory's cap: sizes that nobody asks for now. Without them, sizes that take turns drive each other out of
    /// the pool (measured: up to 2 bytes allocated for each 100-byte record).
    /// </summary>
    private const int MostSlack = 16 * 1024 * 1024;

    /// <summary>Batches that are kept for others. Each has the list of its segments and little more.</summary>
    private const int MostSpareBatches = 1024;

    private readonly ClientRuntime _runtime;
    private readonly BrokerPool _pool;
    private readonly MetadataRefresher _metadata;
    private readonly ConcurrentDictionary<string, ProducerTopic> _topics = new(StringComparer.Ordinal);
    private readonly ProducerTopic?[] _recentTopics = new ProducerTopic?[RecentTopics]; // any thread; what was found last, by its name's length and end
    private readonly List<ProducerTopic> _topicList = []; // owner: _topicLock
    private readonly Lock _topicLock = new();
    private readonly Lock _flushLock = new();
    private readonly int _mostSpareAckBlocks;
    private ObjectPool<ProduceBatch> _batches; // replaced by the loop, any thread
    private ObjectPool<AckBlock> _ackBlocks; // replaced by the loop, any thread
    private readonly ILogger _logger;
    private readonly ObjectPool<RecordScratch> _scratches;
    private readonly IDisposable _subscription;
    private readonly RandomSource _random; // owner: _topicLock
    private FlushGeneration _generation; // replaced under _flushLock
    private int _flushing; // any thread, interlocked: flushes under way
    private int _hurrying; // any thread, interlocked: whether the loop was told that somebody waits for memory
    private readonly CancellationTokenSource _closingSource = new(); // cancelled once, when closing begins
    private volatile bool _closing;
    private Task? _closed; // owner: _topicLock

    public ProducerEngine(ClusterClient cluster, ProducerOptions options)
    {
        ClientRuntime runtime = cluster.Runtime;
        _runtime = runtime;
        _pool = cluster.Pool;
        _metadata = cluster.Metadata;
        Options = options.Validated();
        Availability = new BrokerAvailability(Options.PartitionAvailabilityTimeout);
        Codec = Options.Compression == CompressionType.None ? null : runtime.Codecs.Get(Options.Compression);
        CompressionLevel = Options.CompressionLevel ?? Codec?.DefaultLevel ?? 0;
        Memory = new BufferMemory(Options.BufferMemoryBytes, runtime.Executor);
        _bound = MakeBound(Options);
        SegmentSizes = new SegmentSizes(Options.BufferMemoryBytes);
        Segments = new BufferPool(Options.BufferMemoryBytes + Math.Min(Options.BufferMemoryBytes, MostSlack), countsRented: true);
        Loop = runtime.Environment.CreateLoop("producer", LoopKind.Borrowed);
        Identities = new ProducerIdentitySource(this);
        _random = runtime.Environment.CreateRandom("producer");
        _generation = FlushGeneration.First(runtime.Executor);
        DefaultObjectPoolProvider pools = new() { MaximumRetained = 1024 };
        _scratches = pools.Create(new FactoryPolicy<RecordScratch>(() => new RecordScratch()));

        // They count as memory, so there are never more than this but for one of each open batch.
        _mostSpareAckBlocks = (int)Math.Clamp(Options.BufferMemoryBytes / AckBlock.Bytes, 64, 1 << 20);
        ForgetSpares();
        _logger = runtime.Loggers.CreateLogger("HighPerf.Kafka.Producing");
        _pump = new LoopCall(PumpPosted);
        _hurry = new LoopCall(HurryForMemory);
        _watch = new LoopCall(FailOverdue);
        _overdue = new OverdueTimer(this);
        _rest = new RestTimer(this);
        _subscription = cluster.Metadata.Subscribe(this, Loop);
    }

    public ProducerOptions Options { get; }

    public EventLoop Loop { get; }

    /// <summary>Which brokers cannot take records for too long already.</summary>
    public BrokerAvailability Availability { get; }

    public BufferPool Buffers => _runtime.Buffers;

    /// <summary>Where batches have their segments from: a pool of the producer's own, so that what it keeps idle is part of its memory's cap.</summary>
    public BufferPool Segments { get; }

    public SegmentSizes SegmentSizes { get; }

    public WorkExecutor Executor => _runtime.Executor;

    public BufferMemory Memory { get; }

    public CompressionCodecs Codecs => _runtime.Codecs;

    /// <summary>Null when batches are not compressed.</summary>
    public CompressionCodec? Codec { get; }

    public int CompressionLevel { get; }

    public ObjectPool<RecordScratch> Scratches => _scratches;

    public bool IsClosing => _closing;

    /// <summary>Whether somebody waits for everything to be sent, or for memory: then nothing lingers.</summary>
    public bool IsHurrying => Volatile.Read(ref _flushing) != 0 || _closing || Memory.HasWaiters;

    public RuntimeEnvironment Environment => _runtime.Environment;

    /// <summary>The topic, if a record can go straight into its batch.</summary>
    public ProducerTopic? FindOpenTopic(string name)
    {
        // Most callers name a topic by the same string each time, which tells it without a look at its characters.
        if (!string.IsNullOrEmpty(name) && Volatile.Read(ref RecentOf(name)) is { } recent && ReferenceEquals(recent.Name, name))
        {
            return recent.IsOpen ? recent : null;
        }

        return FindOpenTopicSlow(name);
    }

    /// <summary>The topic, known or not.</summary>
    public ProducerTopic GetTopic(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (_topics.TryGetValue(name, out ProducerTopic? known))
        {
            return known;
        }

        lock (_topicLock)
        {
            ThrowIfClosed();
            if (!_topics.TryGetValue(name, out ProducerTopic? topic))
            {
                topic = new ProducerTopic(this, name);
                _topicList.Add(topic);
                _topics[name] = topic;
            }

            return topic;
        }
    }

    /// <summary>Asks for a topic that nobody awaits; a later send finds it.</summary>
    public void BeginLearning(ProducerTopic topic)
    {
        if (topic.PartitionCount == 0 && topic.MayAsk(Loop.Now, Options.RetryBackoff))
        {
            _metadata.RequestRefresh(topic.Name);
        }
    }

    /// <summary>
    /// A segment of a batch, its memory reserved; null when there is no memory for it now. It is not made shorter then: what is left of memory would be
    /// cut into pieces for a record each. Any thread.
    /// </summary>
    /// <param name="needed">The shortest that will do.</param>
    /// <param name="progress">Memory that the record has waited for is used first.</param>
    public byte[]? TakeSegment(int wanted, int needed, ref RecordProgress progress)
    {
        if (progress.Reserved > 0 && progress.Reserved >= Math.Min(needed, Memory.Capacity))
        {
            byte[] waitedFor = Segments.Rent(Math.Max(needed, (int)progress.Reserved));
            Memory.Release(progress.Reserved - waitedFor.Length);
            progress.Reserved = 0;
            return waitedFor;
        }

        if (Memory.TryReserve(wanted))
        {
            return Segments.Rent(wanted);
        }

        progress.Needed = wanted;
        return null;
    }

    /// <summary>Opens a batch with its first segment. Under the queue's lock.</summary>
    /// <param name="limit">How far the segment may be filled.</param>
    /// <param name="begun">When its first record was given to the producer, if it had to wait since.</param>
    public ProduceBatch OpenBatch(PartitionQueue queue, long order, byte[] segment, int limit, TimeSpan? begun)
    {
        ProduceBatch batch = _batches.Get();
        FlushGeneration generation;
        lock (_flushLock)
        {
            generation = _generation;
            generation.AddBatch();
        }

        batch.Open(queue, order, begun, Loop.Now, generation, segment, limit);
        return batch;
    }

    /// <summary>A batch that is not open yet. Any thread.</summary>
    public ProduceBatch TakeBatch() => _batches.Get();

    /// <summary>A block of slots for the records of a queue. Any thread.</summary>
    public AckBlock TakeAckBlock(PartitionQueue queue)
    {
        Memory.Charge(AckBlock.Bytes);
        AckBlock block = _ackBlocks.Get();
        block.Begin(queue);
        return block;
    }

    /// <summary>A block is told and read. Any thread.</summary>
    public void Recycle(AckBlock block) => _ackBlocks.Return(block);

    /// <summary>A user's delivery handler threw.</summary>
    public void HandlerFailed(Exception error) => _logger.HandlerFailed(error);

    /// <summary>The waiters of a batch are told. Any thread.</summary>
    public void OutcomeTold(ProduceBatch batch)
    {
        batch.Flush.Release();
        batch.Release();
    }

    /// <summary>Nobody holds the batch any more. Any thread.</summary>
    public void Recycle(ProduceBatch batch) => _batches.Return(batch);

    /// <summary>A partition queue has something to send, or linger for. Any thread.</summary>
    public void Signal(PartitionQueue queue)
    {
        _signals.Enqueue(queue);
        if (Interlocked.Exchange(ref _signalled, 1) == 0)
        {
            Loop.RunOrPost(this);
        }
    }

    /// <summary>Completes when every record that was accepted before is acknowledged or failed.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        FlushGeneration closed;
        lock (_flushLock)
        {
            closed = _generation;
            _generation = closed.Close();
        }

        Interlocked.Increment(ref _flushing);
        try
        {
            LoopCall.Post(Loop, StopLingering);
            await DetachableWait.WaitAsync(closed.Finished, Executor, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _flushing);
        }
    }

    /// <summary>Refuses new records, waits for those that are there as long as the options allow, fails the rest, and lets go of everything.</summary>
    public Task CloseAsync()
    {
        lock (_topicLock)
        {
            return _closed ??= CloseOnceAsync();
        }
    }

    /// <summary>The partition for a topic's next records without a key.</summary>
    public int ChooseSticky(ProducerTopic topic)
    {
        TopicLoads loads = new(topic, Availability, Options.EnableAdaptivePartitioning, Loop.Now);
        lock (_topicLock)
        {
            return StickyChoice.Next(loads, _random);
        }
    }

    public BrokerLink CreateLink(int brokerId, IBrokerLinkListener listener) => _pool.OpenLink(brokerId, ConnectionRole.Produce, Loop, listener);

    public void ThrowIfClosed()
    {
        if (_closing)
        {
            throw new ObjectDisposedException("KafkaProducer", "The producer is closed.");
        }
    }

    [MemberNotNull(nameof(_batches), nameof(_ackBlocks))]
    private void ForgetSpares()
    {
        DefaultObjectPoolProvider pools = new() { MaximumRetained = MostSpareBatches };
        _batches = pools.Create(new FactoryPolicy<ProduceBatch>(() => new ProduceBatch(this)));
        pools.MaximumRetained = _mostSpareAckBlocks;
        _ackBlocks = pools.Create(new FactoryPolicy<AckBlock>(() => new AckBlock(this)));
    }

    private ProducerTopic? FindOpenTopicSlow(string name)
    {
        if (!_topics.TryGetValue(name, out ProducerTopic? topic))
        {
            return null;
        }

        Volatile.Write(ref RecentOf(name), topic);
        return topic.IsOpen ? topic : null;
    }

    private ref ProducerTopic? RecentOf(string name) => ref _recentTopics[(name.Length + name[^1]) & (RecentTopics - 1)];

    private async Task CloseOnceAsync()
    {
        _closing = true;
        _closingSource.Cancel(); // its callbacks only queue items
        Memory.Close(new ObjectDisposedException("KafkaProducer", "The producer was closed while the send waited for memory. The record was not sent."));
        Completion<bool> drained = new(Executor);
        LoopCall.Post(Loop, () => BeginClose(drained));
        await drained.Task.ConfigureAwait(false);
        _subscription.Dispose();
        _runtime.Environment.ReleaseLoop(Loop);
    }
}
