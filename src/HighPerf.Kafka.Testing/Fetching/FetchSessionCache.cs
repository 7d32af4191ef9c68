using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Testing.Fetching;

/// <summary>The fetch sessions of one broker, at most so many; without room some may have to go, by the rules of KIP-227. Owner: the cluster's loop.</summary>
internal sealed class FetchSessionCache
{
    /// <summary>A session that is not used for so long, or exists for so long, can be driven out. As brokers have it; not a setting.</summary>
    private const long EvictionMs = 120_000;

    private readonly Dictionary<int, FetchSession> _byId = [];

    /// <summary>The same sessions in the order of creation.</summary>
    private readonly List<FetchSession> _sessions = [];
    private readonly RandomSource _ids;
    private readonly int _slots;

    public FetchSessionCache(RandomSource ids, int slots)
    {
        _ids = ids;
        _slots = slots;
    }

    public int Count => _sessions.Count;

    public FetchSession? Find(int id) => _byId.GetValueOrDefault(id);

    /// <summary>Makes a session, if there is room or room can be made. Null: there is none, and the client goes on without.</summary>
    public FetchSession? TryCreate(bool isPrivileged, bool usesTopicIds, FetchPartitionSet partitions, long nowMs)
    {
        if (_sessions.Count >= _slots && !TryEvict(isPrivileged, partitions.Count, nowMs))
        {
            return null;
        }

        FetchSession session = new(NextId(), isPrivileged, usesTopicIds, partitions, nowMs);
        _byId.Add(session.Id, session);
        _sessions.Add(session);
        return session;
    }

    public void Remove(int id)
    {
        if (_byId.Remove(id, out FetchSession? session))
        {
            _sessions.Remove(session);
            session.Partitions.Release();
        }
    }

    /// <summary>Forgets everything: the broker was restarted.</summary>
    public void Clear()
    {
        while (_sessions.Count > 0)
        {
            Remove(_sessions[^1].Id);
        }
    }

    /// <summary>
    /// The session that was not used for the longest time goes if that time is long. Else the least valuable one that may go: the one with the fewest
    /// partitions, if it has not more than the new one would have. A consumer's new session drives out only what is old, a follower's also any consumer's.
    /// </summary>
    private bool TryEvict(bool isPrivileged, int size, long nowMs)
    {
        FetchSession? oldest = null;
        FetchSession? cheapest = null;
        foreach (FetchSession session in _sessions)
        {
            if (oldest is null || (session.LastUsedMs, session.Id).CompareTo((oldest.LastUsedMs, oldest.Id)) < 0)
            {
                oldest = session;
            }

            bool mayGo = session.LastUsedMs - session.CreatedMs > EvictionMs || (isPrivileged && !session.IsPrivileged);
            if (mayGo && (cheapest is null || ValueOf(session).CompareTo(ValueOf(cheapest)) < 0))
            {
                cheapest = session;
            }
        }

        if (oldest is not null && nowMs - oldest.LastUsedMs > EvictionMs)
        {
            Remove(oldest.Id);
            return true;
        }

        if (cheapest is null || (isPrivileged, size, 0).CompareTo(ValueOf(cheapest)) < 0)
        {
            return false;
        }

        Remove(cheapest.Id);
        return true;
    }

    private static (bool IsPrivileged, int Size, int Id) ValueOf(FetchSession session) => (session.IsPrivileged, session.Size, session.Id);

    private int NextId()
    {
        int id;
        do
        {
            id = 1 + _ids.Next(int.MaxValue);
        }
        while (_byId.ContainsKey(id));

        return id;
    }
}
