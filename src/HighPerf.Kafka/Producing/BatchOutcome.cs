namespace HighPerf.Kafka.Producing;

/// <summary>
/// The executor's work item that tells the waiters of a batch: one for all of them, so that a thousand acknowledged records cost one hand-over. It
/// runs their continuations one after
/// the other; a continuation that blocks holds up the rest of its batch only.
/// </summary>
internal sealed class BatchOutcome : IThreadPoolWorkItem
{
    private readonly ProduceBatch _batch;
    private Exception? _error; // written before it is queued
    private long _baseOffset; // written before it is queued
    private long _logAppendTime; // written before it is queued

    public BatchOutcome(ProduceBatch batch) => _batch = batch;

    public void Succeed(long baseOffset, long logAppendTime)
    {
        _error = null;
        _baseOffset = baseOffset;
        _logAppendTime = logAppendTime;
        Tell();
    }

    public void Fail(Exception error)
    {
        _error = error;
        Tell();
    }

    public void Execute()
    {
        PartitionQueue queue = _batch.Queue;
        IReadOnlyList<BatchWaiter> waiters = _batch.Waiters;
        for (int i = 0; i < waiters.Count; i++)
        {
            BatchWaiter waiter = waiters[i];
            if (_error is not null)
            {
                waiter.Completion.TryFail(waiter.Generation, _error);
                continue;
            }

            long offset = _baseOffset < 0 ? -1 : _baseOffset + waiter.Index;
            long timestamp = _logAppendTime >= 0 ? _logAppendTime : waiter.Timestamp;
            waiter.Completion.TryComplete(waiter.Generation, new RecordMetadata(queue.Topic.Name, queue.Partition, offset, timestamp));
        }

        _batch.ClearWaiters();
        _batch.Engine.OutcomeTold(_batch);
    }

    private void Tell()
    {
        if (_batch.Waiters.Count == 0)
        {
            _batch.Engine.OutcomeTold(_batch);
            return;
        }

        _batch.Engine.Executor.Queue(this);
    }
}
