using HighPerf.Kafka.Connections;

namespace HighPerf.Kafka.Producing;

/// <summary>Flushing and closing, on the loop.</summary>
internal sealed partial class ProducerEngine
{
    private readonly LoopCall _pump;
    private string? _abortReason; // owner: the loop; set when what is left is failed at the end

    private void BeginClose(Completion<bool> drained)
    {
        // A batch that is being opened at this moment by a caller who did not see the producer closing belongs to the generation that is closed here.
        foreach (PartitionQueue queue in AllQueues())
        {
            queue.AwaitAppends();
        }

        StopLingering();
        FlushGeneration last;
        lock (_flushLock)
        {
            last = _generation;
            _generation = last.Close();
        }

        ClosingTimer timer = new(this, drained);
        Loop.Arm(timer, Loop.Now + Options.CloseTimeout);
        _ = last.Finished.ContinueWith(
            static (_, state) =>
            {
                ClosingTimer timer = (ClosingTimer)state!;
                LoopCall.Post(timer.Engine.Loop, timer.Finish);
            },
            timer,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    // Fails what is left. Batches in flight end when their connections do.
    private void AbortAll(string reason)
    {
        _abortReason = reason;
        foreach (PartitionQueue queue in AllQueues())
        {
            FailExpired(queue, Always);
        }
    }

    private void CloseSenders()
    {
        Loop.Disarm(_overdue);
        Loop.Disarm(_rest);
        _abortReason ??= "the producer is closed"; // what still comes, such as metadata, begins nothing any more
        foreach (BrokerSender sender in _senders.Values)
        {
            sender.Close();
        }
    }

    private List<PartitionQueue> AllQueues()
    {
        List<PartitionQueue> queues = [];
        lock (_topicLock)
        {
            foreach (ProducerTopic topic in _topicList)
            {
                for (int i = 0; i < topic.PartitionCount; i++)
                {
                    queues.Add(topic[i]);
                }
            }
        }

        return queues;
    }

    private sealed class ClosingTimer : Runtime.LoopTimer
    {
        private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

        private readonly Completion<bool> _drained;
        private bool _finished; // owner: the loop
        private bool _closed; // owner: the loop
        private int _unarrived; // owner: the loop; brokers that have yet to say that they took everything
        private bool _aborted; // owner: the loop

        public ClosingTimer(ProducerEngine engine, Completion<bool> drained)
        {
            Engine = engine;
            _drained = drained;
        }

        public ProducerEngine Engine { get; }

        public void Finish()
        {
            if (_finished)
            {
                return;
            }

            _finished = true;
            Engine.Loop.Disarm(this);
            if (Engine.Options.Acks == Acks.None && !_aborted)
            {
                Engine.Loop.Arm(this, Engine.Loop.Now + Grace);
                _unarrived = 1; // until all are asked: an answer may come before
                foreach (BrokerSender sender in Engine._senders.Values)
                {
                    _unarrived += sender.AskArrival(Grace, Arrived) ? 1 : 0;
                }

                Arrived();
                return;
            }

            Close();
        }

        private void Arrived()
        {
            _unarrived--;
            if (_unarrived == 0)
            {
                Close();
            }
        }

        private void Close()
        {
            if (!_closed)
            {
                _closed = true;
                Engine.Loop.Disarm(this);
                Engine.CloseSenders();
                _drained.Complete(true);
            }
        }

        protected internal override void OnDue()
        {
            if (_finished)
            {
                Close(); // a broker that takes its time: what it has of the last bytes nobody can say
                return;
            }

            if (_aborted)
            {
                // A continuation of a caller's await blocks the telling of its batch. Closing does not wait for that.
                Finish();
                return;
            }

            // What is failed is told, and then the last generation is finished.
            _aborted = true;
            Engine.AbortAll($"the producer was closed and CloseTimeout ({Engine.Options.CloseTimeout}) was not enough to deliver it");
            Engine.Loop.Arm(this, Engine.Loop.Now + Grace);
        }
    }
}
