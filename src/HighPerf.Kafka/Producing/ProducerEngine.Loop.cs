using System.Collections.Concurrent;
using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Metadata;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Producing;

/// <summary>The loop's side: which partition goes to which sender, and what answers mean. Everything here is owned by the loop.</summary>
internal sealed partial class ProducerEngine
{
    private static readonly TimeSpan Always = TimeSpan.FromDays(100_000);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(10);

    private readonly ConcurrentQueue<PartitionQueue> _signals = new(); // any thread
    private readonly SortedDictionary<int, BrokerSender> _senders = []; // owner: the loop
    private readonly List<BrokerSender> _pumpSoon = []; // owner: the loop
    private readonly List<ProduceBatch> _expired = []; // owner: the loop
    private bool _pumpPosted; // owner: the loop; whether _pumpSoon will be looked at without another call
    private int _signalled; // any thread, interlocked: whether the loop was told of _signals

    /// <summary>The producer id and epoch. Owner: the loop.</summary>
    public ProducerIdentitySource Identities { get; }

    /// <summary>
    /// How long a batch takes records that cannot be sent. They fail with its first one, when the time of that is over, and should have had most of their own
    /// (P16): a batch is closed when it has waited for one to two of these times.
    /// </summary>
    private TimeSpan GatheringTime => Options.DeliveryTimeout / 20;

    /// <summary>Between two looks for a broker that is not there: a <see cref="ProducerOptions.RetryBackoff"/> of zero would go round in circles.</summary>
    public TimeSpan PauseWithoutBroker => Options.RetryBackoff > ShortestPause ? Options.RetryBackoff : ShortestPause;

    /// <summary>The loop's turn: routes what was signalled, then sends.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        // Cleared before looking: a signal that comes later posts again.
        Interlocked.Exchange(ref _signalled, 0);
        bool posted = _pumpPosted;
        _pumpPosted = true;
        BeginResting();
        try
        {
            while (_signals.TryDequeue(out PartitionQueue? queue))
            {
                Route(queue);
            }

            Pump();
        }
        finally
        {
            _pumpPosted = posted;
        }
    }

    /// <summary>
    /// Brings a partition queue to where its next batch can go: its leader's sender, the linger clock, or the list of those that wait for something.
    /// </summary>
    public void Route(PartitionQueue queue)
    {
        if (_abortReason is null && _pool.IsClosed)
        {
            AbortAll("the client was closed before its producer");
        }

        if (_abortReason is not null)
        {
            FailExpired(queue, Always);
            return;
        }

        ArmExpiry(queue);
        if (queue.IsListed || queue.Backoff.IsArmed || !WantsToSend(queue))
        {
            return;
        }

        PartitionDelivery delivery = queue.Delivery;
        int leader = queue.Topic.Metadata!.LeaderOf(queue.Partition);
        if (leader == PartitionMetadata.NoLeader)
        {
            WaitForLeader(queue);
            return;
        }

        BrokerSender sender = SenderOf(leader);
        if (queue.Sender is not null && queue.Sender != sender && delivery.InFlight > 0)
        {
            return; // the old leader's answers first, so that nothing overtakes; the last of them routes again
        }

        if (Options.IsIdempotent && (!delivery.Identity.IsKnown || delivery.NeedsNewEpoch))
        {
            delivery.Adopt(Identities.Current);
            if (!delivery.Identity.IsKnown || delivery.NeedsNewEpoch)
            {
                Identities.Await(queue, delivery.Identity, sender.Link);
                return;
            }
        }

        sender.Enlist(queue);
        PumpSoon(sender);
    }

    /// <summary>The next batch of a queue, numbered and on its way; null when it has none that may go now.</summary>
    public ProduceBatch? TakeNext(PartitionQueue queue, int room)
    {
        PartitionDelivery delivery = queue.Delivery;
        delivery.Adopt(Identities.Current);
        ProduceBatch? batch = delivery.TakeAgain(room);
        if (batch is null && delivery.CanTakeNew(InFlightLimit))
        {
            batch = queue.Take(room);
            if (batch is not null)
            {
                queue.Topic.BatchTaken(queue.Partition, batch.Length);
            }
        }

        if (batch is not null)
        {
            delivery.Sending(batch);
            batch.SentAt = Loop.Now;
        }

        return batch;
    }

    public void Answered(ProduceBatch batch, in ProduceAnswer answer)
    {
        PartitionQueue queue = batch.Queue;
        DeliveryVerdict verdict = queue.Delivery.Answered(batch, answer);
        if (answer.Error.RefreshesMetadata())
        {
            _metadata.RequestRefresh(queue.Topic.Name);
        }

        if (verdict == DeliveryVerdict.Retried)
        {
            Unsettled(batch);
            return;
        }

        if (verdict is DeliveryVerdict.Divided or DeliveryVerdict.Culled)
        {
            BeginDividing(batch, isTooLarge: verdict == DeliveryVerdict.Divided);
            return;
        }

        if (verdict == DeliveryVerdict.Acknowledged)
        {
            AdmitAsAnswered(batch);
        }

        if (!batch.IsExpired)
        {
            if (verdict == DeliveryVerdict.Acknowledged)
            {
                batch.Succeed(answer.BaseOffset, answer.LogAppendTime);
            }
            else
            {
                batch.Fail(ProduceErrors.Refused(batch));
            }
        }

        batch.ReleaseBytes();
        Route(queue);
    }

    public void Lost(ProduceBatch batch, bool maybeSent)
    {
        batch.Queue.Delivery.Lost(batch, maybeSent);
        _metadata.RequestRefresh(batch.Queue.Topic.Name);
        if (Options.Acks == Acks.None && maybeSent && !batch.IsExpired)
        {
            // Nobody can say whether it arrived, and sending it again would double it as likely as not.
            batch.IsExpired = true;
            batch.Fail(ProduceErrors.NobodyAnswers(batch));
        }

        Unsettled(batch);
    }

    /// <summary>Sends what the sender has ready, in a turn of its own: a connection is not entered again from within its own event.</summary>
    public void PumpSoon(BrokerSender sender)
    {
        if (sender.IsPumpPending)
        {
            return;
        }

        sender.IsPumpPending = true;
        _pumpSoon.Add(sender);
        if (!_pumpPosted)
        {
            _pumpPosted = true;
            Loop.Post(_pump);
        }
    }

    /// <summary>The sender has something to send, and no open connection.</summary>
    public void Connect(BrokerSender sender)
    {
        if (!_pool.TryGetEndpoint(sender.Link.BrokerId, out _))
        {
            LinkLost(sender); // a leader that is not among the brokers: nothing will happen unless we ask again
        }

        sender.Link.EnsureConnecting();
    }

    public void LinkLost(BrokerSender sender)
    {
        _metadata.RequestRefresh(null);
        sender.RetryLater(Loop.Now + PauseWithoutBroker);
    }

    public void OnExpiryDue(PartitionQueue queue)
    {
        TimeSpan openedBefore = Loop.Now - Options.DeliveryTimeout;
        FailExpired(queue, openedBefore);
        queue.CloseOpenedBefore(Loop.Now - (Options.Linger > GatheringTime ? Options.Linger : GatheringTime));
        Route(queue);
    }

    public void OnBackoffDue(PartitionQueue queue) => Route(queue);

    private int InFlightLimit => Options.IsIdempotent ? Options.MaxInFlightRequestsPerBroker : 1; // P1, P13

    private bool WantsToSend(PartitionQueue queue)
    {
        PartitionDelivery delivery = queue.Delivery;
        delivery.Adopt(Identities.Current);
        if (delivery.CanSendAgain)
        {
            return true;
        }

        if (delivery.NeedsNewEpoch)
        {
            // Only for records: a topic that is gone for good must not keep its leader being looked for.
            return delivery.HasAgain || queue.TryPeekOpenedAt(out _);
        }

        if (!delivery.CanTakeNew(InFlightLimit))
        {
            return false;
        }

        if (queue.IsReady(Loop.Now, out TimeSpan until))
        {
            return true;
        }

        if (until != TimeSpan.MaxValue)
        {
            BeginLingering(queue, until);
        }

        return false;
    }

    private BrokerSender SenderOf(int brokerId)
    {
        if (!_senders.TryGetValue(brokerId, out BrokerSender? sender))
        {
            sender = new BrokerSender(this, brokerId);
            _senders.Add(brokerId, sender);
        }

        return sender;
    }

    // A batch that was answered with "again", or not at all.
    private void Unsettled(ProduceBatch batch)
    {
        PartitionQueue queue = batch.Queue;
        if (batch.IsExpired)
        {
            queue.Delivery.GiveUp(batch);
            batch.ReleaseBytes();
        }

        if (!queue.Backoff.IsArmed)
        {
            Loop.Arm(queue.Backoff, Loop.Now + Options.RetryBackoff);
        }
    }

    private void ArmExpiry(PartitionQueue queue)
    {
        if (!queue.Expiry.IsArmed)
        {
            bool sent = queue.Delivery.TryGetOldest(out TimeSpan oldest);
            if (sent || queue.TryPeekOpenedAt(out oldest))
            {
                TimeSpan look = Loop.Now + GatheringTime;
                TimeSpan over = oldest + Options.DeliveryTimeout;
                Loop.Arm(queue.Expiry, over < look ? over : look);
            }
        }
    }

    /// <summary>Nothing of the queue can be sent: the broker gives the producer no identity. What is there fails at once.</summary>
    public void RefuseAll(PartitionQueue queue, KafkaBrokerException reason) => FailExpired(queue, Always, reason);

    // In order: what was sent is older than what waits (P16).
    private void FailExpired(PartitionQueue queue, TimeSpan openedBefore, KafkaBrokerException? refusal = null)
    {
        queue.Delivery.Expire(openedBefore, _expired);
        while (queue.TakeOpenedBefore(openedBefore) is { } waiting)
        {
            waiting.IsExpired = true;
            _expired.Add(waiting);
        }

        foreach (ProduceBatch batch in _expired)
        {
            bool inFlight = queue.Delivery.IsInFlight(batch);
            batch.MaybeWritten |= inFlight && !batch.IsDividing;
            batch.LastError ??= Identities.LastError;
            batch.Fail(refusal is not null ? ProduceErrors.NoIdentity(batch, refusal)
                : _abortReason is null ? ProduceErrors.Expired(batch, Options) : ProduceErrors.Aborted(batch, _abortReason));
            if (!inFlight)
            {
                batch.ReleaseBytes();
            }
        }

        _expired.Clear();
    }

    private void PumpPosted()
    {
        try
        {
            Pump();
        }
        finally
        {
            _pumpPosted = false;
        }
    }

    private void Pump()
    {
        for (int i = 0; i < _pumpSoon.Count; i++)
        {
            _pumpSoon[i].IsPumpPending = false;
            _pumpSoon[i].SendReady();
        }

        _pumpSoon.Clear();
    }
}
