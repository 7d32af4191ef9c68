using System.Runtime.ExceptionServices;

namespace HighPerf.Kafka.Producing;

/// <summary>
/// The executor's work item that tells whoever waits for records of a batch: one for all of them, so that a thousand acknowledged records cost one
/// hand-over. It runs continuations and handlers one after the other; one that blocks holds up the rest of its batch only.
/// </summary>
internal sealed class BatchOutcome : IThreadPoolWorkItem
{
    private readonly ProduceBatch _batch;
    private BatchResult _result; // written before it is queued

    public BatchOutcome(ProduceBatch batch) => _batch = batch;

    public void Succeed(long baseOffset, long logAppendTime) => Tell(new BatchResult(baseOffset, logAppendTime, null));

    public void Fail(Exception error) => Tell(new BatchResult(-1, -1, _batch.Acks.Count == 0 ? null : ExceptionDispatchInfo.Capture(error)));

    public void Execute()
    {
        _batch.Acks.Tell(_result);
        _batch.Engine.OutcomeTold(_batch);
    }

    private void Tell(in BatchResult result)
    {
        if (_batch.Acks.Count == 0)
        {
            _batch.Engine.OutcomeTold(_batch);
            return;
        }

        _result = result;
        _batch.Engine.Loop.QueueAfter(this);
    }
}
