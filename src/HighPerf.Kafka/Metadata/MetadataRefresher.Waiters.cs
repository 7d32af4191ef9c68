namespace HighPerf.Kafka.Metadata;

/// <content>Those who wait for a topic, or for a newer view. Control loop only.</content>
internal sealed partial class MetadataRefresher
{
    private void AddWaiter(string topic, Waiter<TopicMetadata> waiter)
    {
        if (Current.TryGetTopic(topic, out TopicMetadata? known) && known.Error == ErrorCode.None)
        {
            waiter.OnResult(known);
            return;
        }

        if (_closed is not null)
        {
            waiter.OnFailed(_closed);
            return;
        }

        waiter.Deadline = _loop.Now + waiter.Timeout;
        _waiters.Add(new TopicWaiter(topic, waiter, known));
        Request(topic);
    }

    /// <summary>Tells those whose topic is known, or refused for good, or whose time is over; asks again for the others.</summary>
    private void ServeWaiters(TimeSpan now)
    {
        ServeViewWaiters(now);
        TopicWaiter[] waiters = [.. _waiters];
        _waiters.Clear();
        foreach (TopicWaiter waiting in waiters)
        {
            Waiter<TopicMetadata> waiter = waiting.Waiter;
            Current.TryGetTopic(waiting.Topic, out TopicMetadata? known);
            bool isNews = !ReferenceEquals(known, waiting.Before); // an error from before it began to wait may be mended by now
            if (waiter.IsDetached)
            {
                continue;
            }

            if (known is { Error: ErrorCode.None })
            {
                waiter.OnResult(known);
            }
            else if (isNews && known is not null && !known.Error.IsRetriable())
            {
                waiter.OnFailed(MetadataErrors.Refused(known));
            }
            else if (now >= waiter.Deadline)
            {
                waiter.OnFailed(MetadataErrors.TimedOut(waiting.Topic, waiter.Timeout, known, _lastFailure));
            }
            else if (isNews && IsMissing(waiter, known, now))
            {
                waiter.OnFailed(MetadataErrors.TimedOut(waiting.Topic, waiter.Patience, known, null));
            }
            else
            {
                _waiters.Add(waiting);
                if (!_isAsking)
                {
                    _wanted.Add(waiting.Topic);
                    _refreshWanted = true;
                }
            }
        }
    }

    // Whether brokers have said for long enough that there is no such topic. What they cannot say, because none answers, does not count.
    private bool IsMissing(Waiter<TopicMetadata> waiter, TopicMetadata? known, TimeSpan now)
    {
        if (known is not { Error: ErrorCode.UnknownTopicOrPartition })
        {
            waiter.MissingSince = null;
            return false;
        }

        waiter.MissingSince ??= now;
        return _lastFailure is null && now - waiter.MissingSince >= waiter.Patience;
    }

    private void ServeViewWaiters(TimeSpan now)
    {
        foreach ((long After, Waiter<ClusterMetadata> Waiter) waiting in _viewWaiters.ToArray())
        {
            if (Current.Generation > waiting.After)
            {
                _viewWaiters.Remove(waiting);
                waiting.Waiter.OnResult(Current);
            }
            else if (now >= waiting.Waiter.Deadline || waiting.Waiter.IsDetached)
            {
                _viewWaiters.Remove(waiting);
                waiting.Waiter.OnFailed(MetadataErrors.NoAnswer(waiting.Waiter.Timeout, _lastFailure));
            }
        }
    }

    /// <param name="Before">What was known of the topic, with its error, when the waiter came.</param>
    private readonly record struct TopicWaiter(string Topic, Waiter<TopicMetadata> Waiter, TopicMetadata? Before);
}
