using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Producing;

/// <summary>
/// One batch of one partition, from its first record to its last waiter. It has one owner at any moment: its queue (under the queue's lock) while it
/// is open or waits, an executor work
/// item while it is compressed, the producer's loop from the moment it is taken, an executor work item while its waiters are told, and at last nobody.
/// </summary>
internal sealed class ProduceBatch
{
    private readonly SegmentedBatchWriter _writer = new();
    private readonly BatchCompressor _compressor;
    private readonly BatchOutcome _outcome;
    private AckChain _acks; // owner: the queue's lock until the batch is taken, then the work item that tells it
    private SealedRecords _sealed;
    private int _holds; // interlocked: one for the bytes, one for the waiters
    private int _partRecords; // the number of records of a part, which were not written here; 0: the writer knows

    public ProduceBatch(ProducerEngine engine)
    {
        Engine = engine;
        _compressor = new BatchCompressor(this);
        _outcome = new BatchOutcome(this);
    }

    public ProducerEngine Engine { get; }

    public PartitionQueue Queue { get; private set; } = null!;

    /// <summary>The place among the batches of the partition, in the order of opening.</summary>
    public long Order { get; private set; }

    /// <summary>When its first record was given to the producer, on the loop's clock: its time counts from then.</summary>
    public TimeSpan OpenedAt { get; private set; }

    /// <summary>When it was opened: later, where its first record had to wait.</summary>
    public TimeSpan GatheredFrom { get; private set; }

    /// <summary>When it was last given to a connection, on the loop's clock. Owner: the loop.</summary>
    public TimeSpan SentAt { get; set; }

    public FlushGeneration Flush { get; private set; } = null!;

    /// <summary>Bytes of the producer's memory that it stands for: those of its segments.</summary>
    public long Reserved { get; private set; }

    public int RecordCount => _partRecords > 0 ? _partRecords : _writer.Count;

    /// <summary>Bytes before compression, with the header; known when the batch is sealed.</summary>
    public int Length { get; private set; }

    public bool IsSealed { get; private set; }

    public ProducerIdentity Identity { get; private set; }

    public int BaseSequence { get; private set; }

    public bool HasSequence => BaseSequence >= 0;

    /// <summary>How often it was given to a connection.</summary>
    public int Attempts { get; set; }

    /// <summary>Whether it may be in the log though no answer says so: what its records are told when they fail (P6).</summary>
    public bool MaybeWritten { get; set; }

    /// <summary>Whether an attempt under its present numbers was made that no answer settled. Then it may not be renumbered.</summary>
    public bool IsUnresolved { get; set; }

    /// <summary>Whether a later batch with numbers of the same identity is in the log, while an attempt of this one is not settled.</summary>
    public bool IsPassed { get; set; }

    /// <summary>
    /// Whether an attempt under its present numbers got no answer at all: it may still be under way to a broker. Then its numbers are not used again.
    /// </summary>
    public bool WasLost { get; set; }

    /// <summary>Whether it is a part of a batch that was too large (P14).</summary>
    public bool IsPart { get; set; }

    /// <summary>The place of its first record in the batch that it is a part of.</summary>
    public int FirstRecord { get; set; }

    /// <summary>Whether its records were failed already, because their time was over while it was in flight.</summary>
    public bool IsExpired { get; set; }

    /// <summary>Whether parts of it are being made: it was answered, and counts as in flight until they are there.</summary>
    public bool IsDividing { get; set; }

    /// <summary>The records that the last answer blames; null: none by name.</summary>
    public IReadOnlyList<RefusedRecord>? RefusedRecords { get; set; }

    /// <summary>What went wrong last, for the message of a failure.</summary>
    public Exception? LastError { get; set; }

    public ErrorCode LastCode { get; set; }

    public SegmentedBatchWriter Writer => _writer;

    /// <summary>Who waits for its records.</summary>
    public ref AckChain Acks => ref _acks;

    /// <summary>The bytes to send; stamped, and valid until the batch is released.</summary>
    public List<ArraySegment<byte>> Segments => _writer.Segments;

    /// <summary>What is known of the records; once the batch is sealed.</summary>
    public SealedRecords Sealed => _sealed;

    /// <summary>The bytes to send, in number.</summary>
    public int WireLength => _sealed.Length;

    /// <summary>Opens it with its first segment, whose memory is reserved. Under the queue's lock.</summary>
    /// <param name="begun">When its first record was given to the producer, if it had to wait since.</param>
    /// <param name="limit">How far the segment may be filled.</param>
    public void Open(PartitionQueue queue, long order, TimeSpan? begun, TimeSpan now, FlushGeneration flush, byte[] segment, int limit)
    {
        Begin(queue, order, begun ?? now, flush, segment.Length);
        GatheredFrom = now;
        _writer.Begin(segment, limit);
    }

    /// <summary>Becomes a part of another batch: some of its records, sealed. From the executor; the other batch is not told meanwhile.</summary>
    /// <param name="reserved">Its share of the other's memory.</param>
    public void OpenPart(ProduceBatch whole, in SealedRecordBatch records, long reserved)
    {
        Begin(whole.Queue, whole.Order, whole.OpenedAt, whole.Flush, reserved);
        GatheredFrom = whole.GatheredFrom;
        LastError = whole.LastError;
        LastCode = whole.LastCode;
        _writer.Replace(records.Bytes, Engine.Segments, Engine.SegmentSizes.Longest);
        _sealed = records.Records;
        _partRecords = records.RecordCount;
        Length = records.Length;
        IsSealed = true;
        Flush.AddBatch();
    }

    private void Begin(PartitionQueue queue, long order, TimeSpan now, FlushGeneration flush, long reserved)
    {
        Queue = queue;
        Order = order;
        OpenedAt = now;
        Flush = flush;
        Reserved = reserved;
        Interlocked.Exchange(ref _holds, 2);
        IsSealed = false;
        Attempts = 0;
        MaybeWritten = false;
        IsUnresolved = false;
        WasLost = false;
        IsPassed = false;
        IsPart = false;
        FirstRecord = 0;
        IsExpired = false;
        IsDividing = false;
        RefusedRecords = null;
        LastError = null;
        LastCode = ErrorCode.None;
        _partRecords = 0;
        ClearSequence();
    }

    /// <summary>Goes on in another segment, whose memory is reserved. Under the queue's lock.</summary>
    public void Continue(byte[] segment, int limit)
    {
        Reserved += segment.Length;
        _writer.Continue(segment, limit);
    }

    public void AddAck(int index, long timestamp, ref AckRequest request) => _acks.Add(Engine, Queue, index, timestamp, ref request);

    /// <summary>Makes the records final. Without compression the batch is ready; with it, <see cref="BeginCompression"/> follows.</summary>
    public void Seal(bool compress)
    {
        IsSealed = true;
        Length = _writer.Length;
        IsCompressing = compress;
        if (!compress)
        {
            _sealed = _writer.Seal();
        }
    }

    /// <summary>Whether an executor work item has the batch. Owner: the queue's lock.</summary>
    public bool IsCompressing { get; set; }

    public void BeginCompression() => Engine.Executor.Queue(_compressor);

    /// <summary>
    /// Compresses; a batch that does not become smaller goes as it is. From the executor; the batch belongs to it. What the records took goes back at once:
    /// the compressed bytes move into segments of their own, so that memory is what is really held.
    /// </summary>
    public void Compress(CompressionCodec codec, int level)
    {
        using PooledBuffer compressed = new(Engine.Buffers);
        using PooledBuffer run = new(Engine.Buffers);
        SealedRecords records = _writer.Seal(codec, level, compressed, run);
        if (records.Length >= Length)
        {
            SealUncompressed();
            return;
        }

        _writer.Replace(compressed.WrittenSpan, Engine.Segments, Engine.SegmentSizes.Longest);
        _sealed = records;
        long reserved = Reserved;
        Reserved = _writer.Capacity;
        Engine.Memory.Release(reserved - Reserved);
    }

    /// <summary>The batch goes as it is. From the executor; the batch belongs to it.</summary>
    public void SealUncompressed() => _sealed = _writer.Seal();

    /// <summary>It was opened, and its first record could not be written: it is as if it had never been. Under the queue's lock.</summary>
    public void Discard()
    {
        Engine.OutcomeTold(this);
        ReleaseBytes();
    }

    public void SetSequence(ProducerIdentity identity, int baseSequence)
    {
        Identity = identity;
        BaseSequence = baseSequence;
    }

    public void ClearSequence() => SetSequence(ProducerIdentity.None, -1);

    /// <summary>Writes the header with the numbers of this attempt.</summary>
    public void Stamp() => _sealed.Stamp(_writer.Segments[0], new RecordBatchHeader
    {
        BaseOffset = 0,
        PartitionLeaderEpoch = -1,
        ProducerId = Identity.Id,
        ProducerEpoch = Identity.Epoch,
        BaseSequence = BaseSequence,
    });

    /// <summary>Tells the waiters, on the executor. The loop has settled the batch, and only an expired one still keeps its bytes.</summary>
    public void Succeed(long baseOffset, long logAppendTime) => _outcome.Succeed(baseOffset, logAppendTime);

    /// <summary>Tells the waiters, on the executor.</summary>
    public void Fail(Exception error) => _outcome.Fail(error);

    /// <summary>Nobody is to be told its own outcome any more: its records went to parts of it. Those that were refused are told why.</summary>
    public void Dissolve() => _outcome.Succeed(-1, -1);

    /// <summary>Its memory belongs to its parts.</summary>
    public void PassMemoryOn() => Reserved = 0;

    /// <summary>Gives bytes and memory back. No connection holds them any more. Owner: the loop.</summary>
    public void ReleaseBytes()
    {
        _writer.TakeBack(Engine.Segments);
        _sealed = default;
        Engine.Memory.Release(Reserved);
        Reserved = 0;
        Release();
    }

    /// <summary>The bytes are given back, or the waiters are told: after both the batch is used again.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _holds) == 0)
        {
            Engine.Recycle(this);
        }
    }
}
