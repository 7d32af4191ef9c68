using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Consuming.Processing;

/// <summary>
/// Records that are processed one after the other. It runs while it has records, one handler at a time, as a work item of the executor. Its queue belongs to
/// the runner's lock.
/// </summary>
internal sealed class ProcessingLane<TRecord>(RecordRunner<TRecord> runner, LaneId id) : IThreadPoolWorkItem
{
    /// <summary>What it is the lane of.</summary>
    public LaneId Id { get; } = id;

    /// <summary>Guarded by the runner's lock.</summary>
    public Queue<LaneRecord<TRecord>> Waiting { get; } = new();

    /// <summary>Whether it runs, or waits for its turn to. Guarded by the runner's lock.</summary>
    public bool IsScheduled { get; set; }

    /// <summary>Whether a handler threw: nothing of it is processed any more. Guarded by the runner's lock.</summary>
    public bool IsStopped { get; set; }

    /// <summary>The record whose handler has not ended. Owner: whoever runs the lane.</summary>
    public LaneRecord<TRecord> Current { get; set; }

    /// <summary>Its handler; null while none runs. Owner: whoever runs the lane.</summary>
    public Task? Handler { get; set; }

    public void Execute() => runner.Run(this);

    /// <summary>Its handler has ended. Any thread.</summary>
    public void Resume() => runner.Resume(this);
}
