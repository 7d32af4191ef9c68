using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing.Logs;

/// <summary>
/// The idempotent and transactional producers that wrote to one partition, and their transactions. All of it follows from the batches of the log. Owner: the
/// cluster's loop.
/// </summary>
internal sealed partial class ProducerStates
{
    /// <summary>How often a broker looks for producers that were silent for too long.</summary>
    private const long ExpirationCheckMs = 600_000;

    private readonly TopicConfig _config;
    private readonly Dictionary<long, ProducerState> _states = [];
    private readonly Dictionary<long, UnverifiedProducer> _unverified = [];

    /// <summary>The last check that was made, counted from 1970.</summary>
    private long _expirationCheck = -1;

    public ProducerStates(TopicConfig config) => _config = config;

    /// <summary>In the order in which they came: what is enumerated must not depend on hashing.</summary>
    public List<ProducerState> All { get; } = [];

    /// <summary>
    /// Judges a client's batch before it is appended, in the order in which brokers do: whether it was appended before (then <paramref name="original"/> says
    /// where), its epoch against the producer's newest, whether it follows the last one, and whether it may be outside a transaction.
    /// </summary>
    public ErrorCode Check(in RecordBatchHeader batch, long logStartOffset, long nowMs, out AppendedBatch? original)
    {
        original = null;
        Expire(nowMs);
        ProducerState? state = FindKept(batch.ProducerId, logStartOffset);
        if (state is null)
        {
            return CheckFirst(batch);
        }

        if (batch.ProducerEpoch < state.Epoch)
        {
            return ErrorCode.InvalidProducerEpoch;
        }

        if (batch.ProducerEpoch == state.Epoch)
        {
            original = state.Find(batch.BaseSequence, batch.LastSequence);
            if (original is not null)
            {
                return ErrorCode.None;
            }
        }

        ErrorCode error = CheckSequence(batch, state);
        if (error != ErrorCode.None)
        {
            return error;
        }

        return state.IsInTransaction && !batch.IsTransactional ? ErrorCode.InvalidTxnState : ErrorCode.None;
    }

    /// <summary>Takes note of a batch that was appended after <see cref="Check"/>.</summary>
    public void Appended(in RecordBatchHeader batch, in AppendedBatch appended, long timestamp)
    {
        if (FindOrCreate(batch.ProducerId, batch.ProducerEpoch).Add(batch, appended, timestamp))
        {
            _transactions.Add(new OpenTransaction(batch.ProducerId, appended.BaseOffset, -1));
        }

        if (batch.IsTransactional)
        {
            _unverified.Remove(batch.ProducerId);
        }
    }

    /// <summary>
    /// Forgets producers that were silent for too long. Brokers look at fixed times, so what is not looked at in between can be done when asked.
    /// </summary>
    public void Expire(long nowMs)
    {
        long check = nowMs / ExpirationCheckMs;
        if (check == _expirationCheck)
        {
            return;
        }

        if (_expirationCheck >= 0)
        {
            long checkedMs = check * ExpirationCheckMs;
            long expirationMs = _config.ProducerIdExpirationMs;
            Forget(state => !state.IsInTransaction && checkedMs - state.LastTimestamp >= expirationMs);
        }

        _expirationCheck = check;
    }

    private ErrorCode CheckFirst(in RecordBatchHeader batch)
    {
        ErrorCode error = CheckUnverified(batch, isKnown: false);
        if (error != ErrorCode.None)
        {
            return error;
        }

        // Since KIP-360 a producer that the partition does not know may begin with any number: its earlier batches may have fallen to retention.
        return batch.BaseSequence == 0 || _config.Release.IsAtLeast(2, 5) ? ErrorCode.None : ErrorCode.UnknownProducerId;
    }

    private ErrorCode CheckSequence(in RecordBatchHeader batch, ProducerState state)
    {
        ErrorCode error = CheckUnverified(batch, isKnown: true);
        if (error != ErrorCode.None)
        {
            return error;
        }

        if (batch.ProducerEpoch != state.Epoch)
        {
            return batch.BaseSequence == 0 ? ErrorCode.None : ErrorCode.OutOfOrderSequenceNumber;
        }

        int last = state.LastSequence;
        if (last < 0 && batch.BaseSequence != 0 && !_config.Release.IsAtLeast(2, 5))
        {
            // Only a marker is left of the producer.
            return ErrorCode.UnknownProducerId;
        }

        int next = last < 0 ? 0 : RecordBatchHeader.AddToSequence(last, 1);
        return batch.BaseSequence == next ? ErrorCode.None : ErrorCode.OutOfOrderSequenceNumber;
    }

    private ErrorCode CheckUnverified(in RecordBatchHeader batch, bool isKnown)
    {
        if (!_unverified.TryGetValue(batch.ProducerId, out UnverifiedProducer seen))
        {
            return ErrorCode.None;
        }

        bool mustBeZero = seen.ImplicitAdd && !isKnown;
        return (mustBeZero && batch.BaseSequence != 0) || batch.BaseSequence > seen.LowestSequence ? ErrorCode.OutOfOrderSequenceNumber : ErrorCode.None;
    }

    /// <summary>Brokers before 2.4 forgot a producer with its last record.</summary>
    private ProducerState? FindKept(long producerId, long logStartOffset)
    {
        if (!_states.TryGetValue(producerId, out ProducerState? state))
        {
            return null;
        }

        bool isGone = !state.IsInTransaction && state.LastBatchOffset < logStartOffset && !_config.Release.IsAtLeast(2, 4);
        return isGone ? ForgetOne(state) : state;
    }

    // A method of its own, as its delegate would be allocated for each batch where nothing is forgotten.
    private ProducerState? ForgetOne(ProducerState state)
    {
        Forget(other => other == state);
        return null;
    }

    private ProducerState FindOrCreate(long producerId, short epoch)
    {
        if (!_states.TryGetValue(producerId, out ProducerState? state))
        {
            state = new ProducerState(producerId, epoch);
            _states.Add(producerId, state);
            All.Add(state);
        }

        return state;
    }

    private void Forget(Predicate<ProducerState> which)
    {
        foreach (ProducerState state in All)
        {
            if (which(state))
            {
                _states.Remove(state.Id);
                _unverified.Remove(state.Id);
            }
        }

        All.RemoveAll(state => !_states.ContainsKey(state.Id));
    }
}
