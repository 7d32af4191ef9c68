using HighPerf.Kafka.Connections;

namespace HighPerf.Kafka.Consuming.Fetching;

/// <summary>One connection that fetches from one broker, one request at a time. Owner: the session's loop.</summary>
internal sealed class FetchLane : IBrokerLinkListener
{
    private readonly ConsumerSession _session;
    private readonly BrokerFetcher _fetcher;
    private readonly FetchCall _call;
    private readonly BrokerLink _link;

    public FetchLane(ConsumerSession session, BrokerFetcher fetcher)
    {
        _session = session;
        _fetcher = fetcher;
        _call = new FetchCall(this, session, session.Rack);
        _link = session.OpenLink(fetcher.BrokerId, this);
    }

    public FetchSession Session { get; } = new();

    /// <summary>Whether a request is under way.</summary>
    public bool IsBusy { get; private set; }

    /// <summary>How long the broker may keep the request that was sent last.</summary>
    public TimeSpan Wait => _call.Wait;

    /// <summary>How many answers in a row brought nothing.</summary>
    public int EmptyAnswers { get; private set; }

    public int BrokerId => _fetcher.BrokerId;

    public string BrokerName => ConsumerSession.NameOf(BrokerId);

    /// <summary>Fetches the partition from the next request on.</summary>
    public void Take(PartitionCursor cursor)
    {
        Session.Add(cursor);
        cursor.Lane = this;
    }

    /// <summary>Fetches the partition no more; an answer that is under way is dropped (F6).</summary>
    public void Leave(PartitionCursor cursor)
    {
        Session.Remove(cursor);
        cursor.Lane = null;
    }

    public void Send(TimeSpan wait)
    {
        IsBusy = true;
        _call.Wait = wait;
        _link.Send(_call);
    }

    /// <summary>Hands on all its partitions.</summary>
    public void MoveTo(FetchLane other)
    {
        for (int i = Session.Places - 1; i >= 0; i--)
        {
            if (Session.At(i) is { } cursor)
            {
                Leave(cursor);
                other.Take(cursor);
            }
        }
    }

    public void Close()
    {
        if (Session.Id != 0)
        {
            _session.EndFetchSession(BrokerId, Session.Id);
        }

        _link.Close();
    }

    public void Answered(int sessionId, bool broughtRecords)
    {
        Session.Answered(sessionId);
        EmptyAnswers = broughtRecords ? 0 : EmptyAnswers + 1;
        Free();
    }

    /// <summary>The broker refused the whole request.</summary>
    public void Refused(KafkaBrokerException error)
    {
        // The session is what failed, not its partitions: they are asked for in full, at once. A full request that is refused so is like any other.
        bool isAboutSession = !Session.IsFull && error.Code is
            ErrorCode.FetchSessionIdNotFound or ErrorCode.InvalidFetchSessionEpoch or ErrorCode.FetchSessionTopicIdError;
        Session.Refused(error.Code);
        if (!isAboutSession)
        {
            GiveUpAll(error);
        }

        Free();
    }

    /// <summary>There will be no answer.</summary>
    public void Failed(KafkaException error)
    {
        Session.Lost();
        GiveUpAll(error);
        Free();
    }

    private void GiveUpAll(KafkaException error)
    {
        EmptyAnswers = 0;
        for (int i = Session.Places - 1; i >= 0; i--)
        {
            if (Session.At(i) is { } cursor)
            {
                Leave(cursor);
                _session.PartitionFailed(cursor, error);
            }
        }

        _session.RefreshAfter(error);
    }

    private void Free()
    {
        IsBusy = false;
        _session.FetchSoon(_fetcher);
    }

    void IBrokerLinkListener.OnLinkOpen(BrokerLink link)
    {
    }

    void IBrokerLinkListener.OnLinkLost(BrokerLink link, KafkaException error)
    {
    }

    void IBrokerLinkListener.OnLinkSlotsFree(BrokerLink link)
    {
    }
}
