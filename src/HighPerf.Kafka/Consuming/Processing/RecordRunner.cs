using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Consuming.Committing;
using HighPerf.Kafka.Diagnostics;
using HighPerf.Kafka.Runtime;
using Microsoft.Extensions.Logging;

namespace HighPerf.Kafka.Consuming.Processing;

/// <summary>
/// Runs handlers for records at the same time, those of one lane one after the other. The reader dispatches; lanes run on the executor; whoever ends a record
/// moves its partition's progress. One lock guards lanes and counts, held for a few instructions and never while a handler runs.
/// </summary>
internal sealed class RecordRunner<TRecord>
{
    // How many records a lane processes before another that waits for a turn gets it.
    private const int Turn = 64;

    private readonly ConsumerSession _session;
    private readonly WorkExecutor _executor;
    private readonly ILogger _logger;
    private readonly Func<TRecord, CancellationToken, ValueTask> _handler;
    private readonly ProcessingOptions _options;
    private readonly CancellationToken _cancellation;
    private readonly Completion<bool> _idle;
    private readonly Lock _gate = new();

    // Guarded by the gate.
    private readonly Dictionary<LaneId, ProcessingLane<TRecord>> _lanes = [];
    private readonly Queue<ProcessingLane<TRecord>> _ready = new();
    private int _running;
    private KafkaProcessingException? _failure;
    private bool _isEnding;

    public RecordRunner(
        ConsumerSession session, Func<TRecord, CancellationToken, ValueTask> handler, ProcessingOptions options,
        CancellationToken cancellation)
    {
        _session = session;
        _executor = session.Executor;
        _logger = session.Logger;
        _handler = handler;
        _options = options;
        _cancellation = cancellation;
        _idle = new Completion<bool>(_executor);
    }

    /// <summary>Whether everything is to end because a handler failed.</summary>
    public bool HasToStop
    {
        get
        {
            lock (_gate)
            {
                return _options.StopsOnFailure && _failure is not null;
            }
        }
    }

    /// <summary>Takes a record. Its partition rests when it is too far ahead. The reader only.</summary>
    /// <param name="slot">Where progress is stored; null for nowhere.</param>
    /// <param name="keyHash">Of its key; counts only when lanes are by key.</param>
    public void Dispatch(in TRecord record, PartitionCursor cursor, CursorSlot? slot, long offset, ulong keyHash)
    {
        if (!cursor.Gate.TryEnter())
        {
            return; // it is being given up: the next owner reads it
        }

        if (cursor.Progress is not { } progress || progress.Slot != slot)
        {
            cursor.Progress = progress = new PartitionProgress(cursor, slot);
        }

        long ticket = progress.Begin(offset, out int ahead);
        if (ahead >= _options.MaxRecordsAhead)
        {
            cursor.Hold();
            if (progress.Ahead < _options.MaxRecordsAhead)
            {
                cursor.Unhold(); // the oldest ended in between, and nobody else would say so
            }
        }

        lock (_gate)
        {
            LaneId id = new(cursor, _options.Ordering == ProcessingOrdering.ByKey ? keyHash : 0);
            if (!_lanes.TryGetValue(id, out ProcessingLane<TRecord>? lane))
            {
                _lanes.Add(id, lane = new ProcessingLane<TRecord>(this, id));
            }

            lane.Waiting.Enqueue(new LaneRecord<TRecord>(record, cursor, offset, progress, ticket));
            Schedule(lane);
        }
    }

    /// <summary>No more records come: completes when no handler runs. What waits in lanes is not begun.</summary>
    public Task EndAsync()
    {
        lock (_gate)
        {
            _isEnding = true;
            _ready.Clear();
            foreach (ProcessingLane<TRecord> lane in _lanes.Values)
            {
                Drop(lane);
            }

            if (_running == 0)
            {
                _idle.Complete(true);
            }
        }

        return _idle.Task;
    }

    /// <exception cref="KafkaProcessingException">A handler has thrown.</exception>
    public void ThrowFailure()
    {
        lock (_gate)
        {
            if (_failure is not null)
            {
                throw _failure;
            }
        }
    }

    /// <summary>Runs a lane until it has nothing left, a handler takes its time, or others had to wait long enough. On the executor.</summary>
    public void Run(ProcessingLane<TRecord> lane)
    {
        if (lane.Handler is { } ended)
        {
            lane.Handler = null;
            Finish(lane, new ValueTask(ended));
        }

        for (int taken = 0; TryTake(lane, taken, out LaneRecord<TRecord> next); taken++)
        {
            lane.Current = next;
            PartitionCursor cursor = next.Cursor;
            if (cursor.IsClosed || cursor.Gate.IsClosing)
            {
                Leave(cursor); // it goes to another member, which reads it
                continue;
            }

            ValueTask running = Begin(next);
            if (running.IsCompleted)
            {
                Finish(lane, running);
                continue;
            }

            // Not awaited: that would go on wherever the handler's task ends, and not on the executor.
            lane.Handler = running.AsTask();
            lane.Handler.ContinueWith(
                static (_, state) => ((ProcessingLane<TRecord>)state!).Resume(), lane, CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            return;
        }
    }

    public void Resume(ProcessingLane<TRecord> lane) => _executor.Queue(lane);

    private ValueTask Begin(in LaneRecord<TRecord> next)
    {
        try
        {
            return _handler(next.Record, _cancellation);
        }
        catch (Exception e)
        {
            return ValueTask.FromException(e);
        }
    }

    private void Finish(ProcessingLane<TRecord> lane, ValueTask ended)
    {
        LaneRecord<TRecord> record = lane.Current;
        lane.Current = default;
        try
        {
            ended.GetAwaiter().GetResult();
            Processed(record);
        }
        catch (Exception e)
        {
            Stop(lane, record, e);
        }

        Leave(record.Cursor);
    }

    private void Processed(in LaneRecord<TRecord> next)
    {
        PartitionCursor cursor = next.Cursor;
        int ahead = next.Progress.End(next.Ticket, next.Offset + 1);
        _session.HasProgressed();
        if (ahead < _options.MaxRecordsAhead && cursor.IsHeld)
        {
            cursor.Unhold();
            _session.Wake(cursor);
        }
    }

    // Takes the next record of a lane that runs, or ends its run.
    private bool TryTake(ProcessingLane<TRecord> lane, int taken, out LaneRecord<TRecord> next)
    {
        lock (_gate)
        {
            if (taken >= Turn && _ready.Count > 0 && lane.Waiting.Count > 0 && !lane.IsStopped)
            {
                next = default;
                _running--;
                Start(_ready.Dequeue());
                _ready.Enqueue(lane);
                return false;
            }

            if (!_isEnding && !lane.IsStopped && lane.Waiting.TryDequeue(out next))
            {
                return true;
            }

            next = default;
            lane.IsScheduled = false;
            _running--;
            if (!lane.IsStopped)
            {
                _lanes.Remove(lane.Id);
            }

            if (_isEnding)
            {
                if (_running == 0)
                {
                    _idle.Complete(true);
                }

                return false;
            }

            if (_ready.TryDequeue(out ProcessingLane<TRecord>? ready))
            {
                Start(ready);
            }

            return false;
        }
    }

    private void Schedule(ProcessingLane<TRecord> lane)
    {
        if (lane.IsStopped || _isEnding)
        {
            Drop(lane);
        }
        else if (!lane.IsScheduled)
        {
            lane.IsScheduled = true;
            if (_running < _options.MaxConcurrency)
            {
                Start(lane);
            }
            else
            {
                _ready.Enqueue(lane);
            }
        }
    }

    private void Start(ProcessingLane<TRecord> lane)
    {
        _running++;
        _executor.Queue(lane);
    }

    // What is not begun is not in processing; its progress stays open, so nothing is stored past it.
    private void Drop(ProcessingLane<TRecord> lane)
    {
        while (lane.Waiting.TryDequeue(out LaneRecord<TRecord> dropped))
        {
            Leave(dropped.Cursor);
        }
    }

    private void Leave(PartitionCursor cursor)
    {
        if (cursor.Gate.Leave())
        {
            _session.Drained(cursor);
        }
    }

    private void Stop(ProcessingLane<TRecord> lane, in LaneRecord<TRecord> failed, Exception e)
    {
        if (e is OperationCanceledException && _cancellation.IsCancellationRequested)
        {
            lock (_gate)
            {
                lane.IsStopped = true; // not processed, and nothing behind it will be
                Drop(lane);
            }

            return;
        }

        KafkaProcessingException failure = new(new TopicPartitionOffset(failed.Cursor.Topic, failed.Cursor.Partition, failed.Offset), e);
        lock (_gate)
        {
            lane.IsStopped = true;
            _failure ??= failure;
            Drop(lane);
        }

        _logger.LaneStopped(failure);
        _options.OnLaneStopped?.Invoke(failure);
        _session.Wake(null);
    }
}
