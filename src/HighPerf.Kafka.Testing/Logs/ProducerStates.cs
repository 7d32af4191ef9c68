using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Testing.Logs;

/// <summary>The idempotent producers that wrote to one partition. Owner: the cluster's loop.</summary>
internal sealed class ProducerStates
{
    private readonly Dictionary<long, ProducerState> _states = [];

    /// <summary>
    /// Judges a batch before it is appended: its epoch against the producer's newest, then whether it was appended before (then <paramref name="original"/>
    /// says where), then whether it directly follows the last one.
    /// </summary>
    public ErrorCode Check(in RecordBatchHeader batch, out AppendedBatch? original)
    {
        original = null;
        if (!_states.TryGetValue(batch.ProducerId, out ProducerState? state))
        {
            // A producer that this partition does not know may begin with any number: its earlier batches may have fallen to retention.
            return ErrorCode.None;
        }

        if (batch.ProducerEpoch < state.Epoch)
        {
            return ErrorCode.InvalidProducerEpoch;
        }

        if (batch.ProducerEpoch > state.Epoch)
        {
            return batch.BaseSequence == 0 ? ErrorCode.None : ErrorCode.OutOfOrderSequenceNumber;
        }

        original = state.Find(batch.BaseSequence, batch.LastSequence);
        if (original is not null || batch.BaseSequence == RecordBatchHeader.AddToSequence(state.LastSequence, 1))
        {
            return ErrorCode.None;
        }

        return ErrorCode.OutOfOrderSequenceNumber;
    }

    /// <summary>Forgets all producers: the log was cut off, and those that are still in it are learnt again.</summary>
    public void Clear() => _states.Clear();

    /// <summary>Takes note of a batch that was appended after <see cref="Check"/>.</summary>
    public void Appended(in RecordBatchHeader batch, AppendedBatch appended)
    {
        if (!_states.TryGetValue(batch.ProducerId, out ProducerState? state) || state.Epoch != batch.ProducerEpoch)
        {
            state = new ProducerState(batch.ProducerEpoch);
            _states[batch.ProducerId] = state;
        }

        state.Add(appended);
    }
}
