using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Protocol.Messages.Hot;

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
        _call = new FetchCall(this, session);
        _link = session.OpenLink(fetcher.BrokerId, this);
    }

    /// <summary>Whether a request is under way.</summary>
    public bool IsBusy { get; private set; }

    public string BrokerName => $"broker {_fetcher.BrokerId}";

    /// <summary>Fills the request; send it with <see cref="Send"/>. Only while the lane is not busy.</summary>
    public List<FetchEntry> Entries => _call.Entries;

    public void Send()
    {
        IsBusy = true;
        foreach (FetchEntry entry in _call.Entries)
        {
            entry.Cursor.Lane = this;
        }

        _call.Arrange();
        _link.Send(_call);
    }

    public void Close() => _link.Close();

    public void Answered(in FetchEntry entry, in FetchResponseView view, SharedBuffer? buffer, int bodyOffset)
    {
        if (TryTakeOff(entry.Cursor))
        {
            _session.PartitionAnswered(entry, view, buffer, bodyOffset, BrokerName);
        }
    }

    /// <summary>The whole request failed.</summary>
    public void Refused(FetchCall call, KafkaException error)
    {
        foreach (FetchEntry entry in call.Entries)
        {
            if (TryTakeOff(entry.Cursor))
            {
                _session.PartitionFailed(entry, error);
            }
        }

        Done(call);
    }

    /// <summary>The request is over; partitions that the answer did not mention are simply asked for again.</summary>
    public void Done(FetchCall call)
    {
        foreach (FetchEntry entry in call.Entries)
        {
            TryTakeOff(entry.Cursor);
        }

        call.Entries.Clear();
        IsBusy = false;
        _session.FetchSoon(_fetcher);
    }

    // False: the partition was sought, or has another leader, since the request was made; nobody waits for this answer (F6).
    private bool TryTakeOff(PartitionCursor cursor)
    {
        if (cursor.Lane != this)
        {
            return false;
        }

        cursor.Lane = null;
        return true;
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
