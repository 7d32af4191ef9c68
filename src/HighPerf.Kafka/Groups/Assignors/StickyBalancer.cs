namespace HighPerf.Kafka.Groups.Assignors;

/// <summary>
/// Balances a <see cref="StickyProblem"/>. Lives for one assignment, on one thread.
///
/// Everybody keeps what they had; what nobody had goes to who has least. Then loads are evened out: where a chain of moves leads from a member to one that has
/// at least two less (it gives a partition to a second member, which gives one to a third, and so on), the chain is carried out; loads change at its ends only.
/// Partitions that nobody had move freely; a chain takes at most one from somebody who had it before. Without that bound the end would be the most
/// balanced distribution there is (Harvey et al., "Semi-matchings for bipartite graphs and load balancing"), with more moves than it is worth. Every single
/// move that would help is such a chain, so none is left. Last, partitions go home that can change places with one that belongs nowhere.
///
/// The walk goes over members and classes of topics, not over partitions, so that its cost does not grow with these.
/// </summary>
internal sealed class StickyBalancer
{
    private readonly StickyProblem _problem;
    private readonly int[] _load;
    private readonly List<int>[,] _home; // by member and class: partitions that it had before
    private readonly List<int>[,] _away; // by member and class: the others, which may move at no cost
    private readonly int[][] _classesOf; // by member: what it subscribes to

    public StickyBalancer(StickyProblem problem)
    {
        _problem = problem;
        int classes = problem.Subscribers.Length;
        _load = new int[problem.MemberCount];
        _home = MakeLists(problem.MemberCount, classes);
        _away = MakeLists(problem.MemberCount, classes);
        List<int>[] classesOf = new List<int>[problem.MemberCount];
        for (int member = 0; member < classesOf.Length; member++)
        {
            classesOf[member] = [];
        }

        for (int one = 0; one < classes; one++)
        {
            foreach (int member in problem.Subscribers[one])
            {
                classesOf[member].Add(one);
            }
        }

        _classesOf = [.. classesOf.Select(static list => list.ToArray())];
    }

    public void Balance()
    {
        PlaceAll();
        EvenOut(mostMoved: 0);
        while (EvenOut(mostMoved: 1))
        {
            // A chain may open the way for another one.
        }

        SendHome();
    }

    private static List<int>[,] MakeLists(int members, int classes)
    {
        List<int>[,] lists = new List<int>[members, classes];
        for (int member = 0; member < members; member++)
        {
            for (int one = 0; one < classes; one++)
            {
                lists[member, one] = [];
            }
        }

        return lists;
    }

    private void PlaceAll()
    {
        List<int>[] fresh = new List<int>[_problem.Subscribers.Length];
        for (int one = 0; one < fresh.Length; one++)
        {
            fresh[one] = [];
        }

        for (int partition = 0; partition < _problem.PartitionCount; partition++)
        {
            int owner = _problem.Owner[partition];
            if (owner != StickyProblem.None)
            {
                _load[owner]++;
                _home[owner, _problem.ClassOf(partition)].Add(partition);
            }
            else
            {
                fresh[_problem.ClassOf(partition)].Add(partition);
            }
        }

        // Those with the least choice first.
        int[] order = [.. Enumerable.Range(0, fresh.Length).OrderBy(one => _problem.Subscribers[one].Length)];
        foreach (int one in order)
        {
            if (_problem.Subscribers[one].Length == 0)
            {
                continue;
            }

            foreach (int partition in fresh[one])
            {
                int least = _problem.Subscribers[one].MinBy(member => _load[member]);
                Give(partition, one, least);
            }
        }
    }

    private bool EvenOut(int mostMoved)
    {
        bool anyMoved = false;
        bool[] isDone = new bool[_load.Length];
        ChainSearch search = new(_load.Length, _problem.Subscribers.Length);
        while (true)
        {
            int from = StickyProblem.None;
            for (int member = 0; member < _load.Length; member++)
            {
                if (!isDone[member] && (from == StickyProblem.None || _load[member] > _load[from]))
                {
                    from = member;
                }
            }

            if (from == StickyProblem.None || _load[from] < 2)
            {
                return anyMoved;
            }

            int end = FindChain(search, from, mostMoved);
            if (end == StickyProblem.None)
            {
                isDone[from] = true;
                continue;
            }

            anyMoved = true;
            for (int member = end; member != from; member = search.CameFrom[member])
            {
                MoveOne(search.CameFrom[member], member, search.CameBy[member]);
            }
        }
    }

    /// <summary>The cheapest chains to everybody; returns the end of the best, the least loaded, or none.</summary>
    private int FindChain(ChainSearch search, int from, int mostMoved)
    {
        search.Begin(from);
        while (search.TryNext(out int member))
        {
            foreach (int one in _classesOf[member])
            {
                int cost = _away[member, one].Count > 0 ? 0 : _home[member, one].Count > 0 ? 1 : StickyProblem.None;
                if (cost == StickyProblem.None || search.Cost[member] + cost > mostMoved || !search.Enter(one, search.Cost[member] + cost))
                {
                    continue;
                }

                foreach (int next in _problem.Subscribers[one])
                {
                    search.Reach(member, next, one, cost);
                }
            }
        }

        int best = StickyProblem.None;
        for (int member = 0; member < _load.Length; member++)
        {
            if (!search.IsReached(member) || _load[member] > _load[from] - 2)
            {
                continue;
            }

            if (best == StickyProblem.None || _load[member] < _load[best]
                || (_load[member] == _load[best] && search.Cost[member] < search.Cost[best]))
            {
                best = member;
            }
        }

        return best;
    }

    private void MoveOne(int from, int to, int one)
    {
        List<int> away = _away[from, one];
        int partition;
        int homecoming = away.FindLastIndex(candidate => _problem.Previous[candidate] == to);
        if (away.Count > 0)
        {
            int index = homecoming >= 0 ? homecoming : away.Count - 1;
            partition = away[index];
            away.RemoveAt(index);
        }
        else
        {
            List<int> home = _home[from, one];
            partition = home[^1];
            home.RemoveAt(home.Count - 1);
        }

        _load[from]--;
        Give(partition, one, to);
    }

    private void Give(int partition, int one, int to)
    {
        _problem.Owner[partition] = to;
        _load[to]++;
        (_problem.Previous[partition] == to ? _home : _away)[to, one].Add(partition);
    }

    // A partition of a member is elsewhere, and the member has one instead that the other may have as well: they change places, loads stay.
    private void SendHome()
    {
        for (int partition = 0; partition < _problem.PartitionCount; partition++)
        {
            int owner = _problem.Owner[partition];
            int previous = _problem.Previous[partition];
            if (previous == StickyProblem.None || owner == previous)
            {
                continue;
            }

            foreach (int one in _classesOf[owner])
            {
                if (_away[previous, one].Count > 0)
                {
                    MoveOne(previous, owner, one);
                    int its = _problem.ClassOf(partition);
                    _away[owner, its].Remove(partition);
                    _load[owner]--;
                    Give(partition, its, previous);
                    break;
                }
            }
        }
    }
}
