using System.Text;
using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Metadata;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Producing;

/// <summary>
/// Sends to one broker: gathers one batch of each ready partition into a Produce request while the broker has a free request slot. Ready partitions
/// stand in a list, nothing is
/// scanned. Owner: the producer's loop.
/// </summary>
internal sealed class BrokerSender : IBrokerLinkListener
{
    private readonly ProducerEngine _engine;
    private readonly Queue<PartitionQueue> _ready = new(); // owner: the loop
    private readonly Stack<ProduceCall> _idleCalls = new(); // owner: the loop
    private readonly RetryTimer _retry;
    private int _callsInFlight; // owner: the loop

    public BrokerSender(ProducerEngine engine, int brokerId)
    {
        _engine = engine;
        Link = engine.CreateLink(brokerId, this);
        _retry = new RetryTimer(this);
    }

    public BrokerLink Link { get; }

    /// <summary>Whether the engine will call <see cref="SendReady"/> soon. Owner: the loop.</summary>
    public bool IsPumpPending { get; set; }

    /// <summary>Puts a queue at the end of the ready ones, unless it is among them.</summary>
    public void Enlist(PartitionQueue queue)
    {
        if (!queue.IsListed)
        {
            queue.IsListed = true;
            queue.Sender = this;
            _ready.Enqueue(queue);
        }
    }

    /// <summary>Sends what is ready while there are free slots.</summary>
    public void SendReady()
    {
        SendWhatFits();
        if (_ready.Count > 0 || _callsInFlight > 0)
        {
            _engine.Availability.Stalled(Link.BrokerId, _engine.Loop.Now);
        }
        else
        {
            _engine.Availability.Moves(Link.BrokerId);
        }
    }

    private void SendWhatFits()
    {
        while (_ready.Count > 0 && _callsInFlight < _engine.Options.MaxInFlightRequestsPerBroker)
        {
            if (!Link.IsOpen)
            {
                // Batches go on gathering in their queues; nothing is bound to a connection that may never come.
                _engine.Connect(this);
                return;
            }

            if (Link.FreeSlots == 0)
            {
                return; // throttled; OnLinkSlotsFree follows
            }

            ProduceCall call = _idleCalls.TryPop(out ProduceCall? idle) ? idle : new ProduceCall(this, _engine.Options);
            Gather(call);
            if (call.Batches.Count == 0)
            {
                _idleCalls.Push(call);
                continue;
            }

            call.Arrange();
            _callsInFlight++;
            _engine.Availability.Moves(Link.BrokerId);
            Link.Send(call);
        }
    }

    public void Answered(ProduceBatch batch, in ProduceAnswer answer, ReadOnlySpan<byte> message)
    {
        if (answer.Error != ErrorCode.None)
        {
            batch.LastCode = answer.Error;
            batch.LastError = new KafkaBrokerException(
                answer.Error, ApiKey.Produce, new TopicPartition(batch.Queue.Topic.Name, batch.Queue.Partition), $"broker {Link.BrokerId}",
                Encoding.UTF8.GetString(message));
        }

        _engine.Answered(batch, answer);
    }

    public void Lost(ProduceBatch batch, KafkaException error, bool maybeSent)
    {
        batch.LastCode = ErrorCode.None;
        batch.LastError = error;
        _engine.Lost(batch, maybeSent);
    }

    /// <summary>The broker is not the leader of partitions, and says who is.</summary>
    public void LeadersTold(IReadOnlyList<LeaderHint> hints, IReadOnlyList<BrokerEndpoint> brokers) => _engine.LeadersTold(hints, brokers);

    /// <summary>A request is complete, whatever became of it.</summary>
    public void Done(ProduceCall call)
    {
        _callsInFlight--;
        _engine.Availability.Moves(Link.BrokerId);
        _idleCalls.Push(call);
        _engine.PumpSoon(this);
    }

    /// <summary>Takes every ready queue off the list, for another look at where its leader is.</summary>
    public void Delist(List<PartitionQueue> queues)
    {
        while (_ready.TryDequeue(out PartitionQueue? queue))
        {
            queue.IsListed = false;
            queues.Add(queue);
        }

        _engine.Availability.Moves(Link.BrokerId);
    }

    /// <summary>Tries again at a later time: the connection is gone and nothing else may happen here.</summary>
    public void RetryLater(TimeSpan due) => _engine.Loop.Arm(_retry, due);

    /// <summary>
    /// Has the broker say when it has taken what was sent without an answer. False: there is nobody to ask.
    /// </summary>
    /// <param name="done">Called once, on the loop, also when there will be no answer.</param>
    public bool AskArrival(TimeSpan timeout, Action done)
    {
        if (!Link.IsOpen)
        {
            return false;
        }

        Link.Send(new ArrivalQuestion(timeout, done));
        return true;
    }

    /// <summary>Lets go of the connection; what is in flight fails with it.</summary>
    public void Close()
    {
        _engine.Loop.Disarm(_retry);
        Link.Close();
    }

    void IBrokerLinkListener.OnLinkOpen(BrokerLink link) => SendReady();

    void IBrokerLinkListener.OnLinkSlotsFree(BrokerLink link) => SendReady();

    void IBrokerLinkListener.OnLinkLost(BrokerLink link, KafkaException error) => _engine.LinkLost(this);

    private void Gather(ProduceCall call)
    {
        int room = _engine.Options.MaxRequestSizeBytes;
        for (int listed = _ready.Count; listed > 0; listed--)
        {
            PartitionQueue queue = _ready.Dequeue();
            queue.IsListed = false;
            ProduceBatch? batch = _engine.TakeNext(queue, call.Batches.Count == 0 ? int.MaxValue : room);
            if (batch is not null)
            {
                batch.Stamp();
                call.Batches.Add(batch);
                room -= batch.WireLength;
            }

            // Back to the end of the list, if it has more; whose turn was over first is first again.
            _engine.Route(queue);
            if (room <= 0)
            {
                return;
            }
        }
    }

    private sealed class RetryTimer : LoopTimer
    {
        private readonly BrokerSender _sender;

        public RetryTimer(BrokerSender sender) => _sender = sender;

        protected internal override void OnDue() => _sender.SendReady();
    }
}
