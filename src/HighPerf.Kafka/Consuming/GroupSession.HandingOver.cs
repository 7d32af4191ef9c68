using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Consuming.Committing;
using HighPerf.Kafka.Diagnostics;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Consuming;

/// <summary>How partitions come, and how they go: step by step, each with its bound. Owner: the session's loop.</summary>
internal sealed partial class GroupSession
{
    private readonly PatienceTimer _patience;
    private HandOver? _handOver;
    private Action? _afterHandOver;
    private readonly Queue<ListenerCall> _calls = new(); // the first is under way: the application hears one at a time
    private Action? _afterAdding; // whoever waits until the listener has heard of new partitions
    private List<PartitionCursor> _adding = [];

    /// <summary>Nothing of a partition that is being given up is in processing any more.</summary>
    public void Drained(PartitionCursor cursor)
    {
        if (_handOver is { } handOver && handOver.Drained(cursor))
        {
            TellRevoked(handOver);
        }
    }

    private static List<CursorSlot> SlotsOf(IEnumerable<PartitionCursor> cursors) =>
        [.. cursors.Where(cursor => cursor.Slot is not null).Select(cursor => cursor.Slot!)];

    private void GiveUp(PartitionCursor[] cursors, TimeSpan deadline, bool waitsForProcessing, Action onDone)
    {
        AbandonSteps();
        if (cursors.Length == 0)
        {
            onDone();
            return;
        }

        HandOver handOver = new(cursors, _session.Loop.Now, deadline);
        _handOver = handOver;
        _afterHandOver = onDone;
        _session.Loop.Arm(_patience, handOver.PatienceEnds);
        if (handOver.Begin(waitsForProcessing) == HandOverStep.Telling)
        {
            TellRevoked(handOver);
        }
    }

    private void TellRevoked(HandOver handOver)
    {
        if (_listener is not { } listener)
        {
            RevokedTold(handOver);
            return;
        }

        TopicPartition[] partitions = Names(handOver.Cursors);
        Call(token => listener.OnPartitionsRevokedAsync(partitions, token), () => RevokedTold(handOver));
    }

    private void RevokedTold(HandOver handOver)
    {
        if (_handOver == handOver && handOver.Told())
        {
            CommitRevoked(handOver);
        }
    }

    private void PatienceEnded()
    {
        CancelListener();
        if (_handOver is { } handOver && handOver.PatienceEnded(out bool isUntold))
        {
            ReportOverrun(handOver);
            if (isUntold && _listener is { } listener)
            {
                TopicPartition[] partitions = Names(handOver.Cursors);
                Call(token => listener.OnPartitionsRevokedAsync(partitions, token), static () => { });
                CancelListener();
            }

            CommitRevoked(handOver);
        }
        else if (_afterAdding is not null)
        {
            FinishAdding();
        }
    }

    private void CommitRevoked(HandOver handOver)
    {
        _session.Loop.Disarm(_patience);
        Committer.GiveUp(SlotsOf(handOver.Cursors), handOver.Deadline, error =>
        {
            NotAllCommitted(error);
            if (_handOver != handOver)
            {
                return; // lost meanwhile
            }

            handOver.Committed();
            _handOver = null;
            _session.Take(handOver.Cursors);
            Action? next = _afterHandOver;
            _afterHandOver = null;
            next?.Invoke();
        });
    }

    private void Add(List<TopicPartition> partitions, TimeSpan deadline, Action onDone)
    {
        if (partitions.Count == 0)
        {
            onDone();
            return;
        }

        List<PartitionCursor> cursors = partitions.ConvertAll(partition =>
        {
            PartitionCursor cursor = _session.CreateCursor(partition, TopicPartitionOffset.Stored);
            cursor.Slot = Open(cursor);
            return cursor;
        });
        _adding = cursors;
        _afterAdding = onDone;
        _session.Announce(cursors);
        if (_listener is not { } listener)
        {
            FinishAdding();
            return;
        }

        _session.Loop.Arm(_patience, deadline);
        TopicPartition[] names = [.. partitions];
        Call(token => listener.OnPartitionsAssignedAsync(names, token), () =>
        {
            if (_adding == cursors)
            {
                FinishAdding();
            }
        });
    }

    private void FinishAdding()
    {
        _session.Loop.Disarm(_patience);
        List<PartitionCursor> cursors = _adding;
        Action? next = _afterAdding;
        _adding = [];
        _afterAdding = null;
        _session.AddPartitions(cursors);
        next?.Invoke();
    }

    private void Lose(KafkaException reason)
    {
        // What leaves the group goes on from here; there is nothing more to hand over.
        Action? leave = IsLeaving ? _afterHandOver : null;
        bool isOfGroup = _subscription is not null || _handOver is not null;
        AbandonSteps();
        if (isOfGroup)
        {
            DropAll(reason);
        }

        leave?.Invoke();
    }

    private void DropAll(KafkaException reason)
    {
        PartitionCursor[] lost = _session.Assignment;
        if (lost.Length == 0)
        {
            return;
        }

        foreach (PartitionCursor cursor in lost)
        {
            cursor.BeginToGiveUp();
        }

        Committer.Drop(SlotsOf(lost), reason);
        _session.Take(lost);
        _logger.PartitionsLost(GroupId, lost.Length, reason.Message);
        if (_listener is { } listener)
        {
            TopicPartition[] partitions = Names(lost);
            Call(token => listener.OnPartitionsLostAsync(partitions, token), static () => { });
        }
    }

    // What was begun for an earlier word of the group is over: another word came. Whoever waited for it is not answered; the membership knows.
    private void AbandonSteps()
    {
        _session.Loop.Disarm(_patience);
        CancelListener();
        _handOver = null;
        _afterHandOver = null;
        _adding = [];
        _afterAdding = null;
    }

    private void ReportOverrun(HandOver handOver)
    {
        if (handOver.Overran.Count == 0)
        {
            return;
        }

        TopicPartition[] partitions = Names(handOver.Overran);
        _logger.ProcessingOverran(GroupId, string.Join(", ", partitions));
        if (_listener is { } listener)
        {
            Call(
                _ =>
                {
                    listener.OnProcessingOverran(partitions);
                    return ValueTask.CompletedTask;
                },
                static () => { });
        }
    }

    private void Call(Func<CancellationToken, ValueTask> call, Action onDone)
    {
        _calls.Enqueue(new ListenerCall(_session.Loop, _logger, call, () =>
        {
            _calls.Dequeue();
            if (_calls.TryPeek(out ListenerCall? next))
            {
                _session.Executor.Queue(next);
            }

            onDone();
        }));
        if (_calls.Count == 1)
        {
            _session.Executor.Queue(_calls.Peek());
        }
    }

    private void CancelListener()
    {
        foreach (ListenerCall call in _calls)
        {
            call.Cancel(_session.Executor);
        }
    }

    private static TopicPartition[] Names(IEnumerable<PartitionCursor> cursors) => [.. cursors.Select(cursor => cursor.TopicPartition).Order()];

    private sealed class PatienceTimer(GroupSession group) : LoopTimer
    {
        protected internal override void OnDue() => group.PatienceEnded();
    }
}
