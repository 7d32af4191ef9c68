namespace HighPerf.Kafka.Groups.Assignors;

/// <summary>The cheapest ways from one member to the others, where a step costs 0 or 1. Lives for one assignment, on one thread.</summary>
internal sealed class ChainSearch(int members, int classes)
{
    private readonly bool[] _isSettled = new bool[members];
    private readonly int[] _entered = new int[classes]; // the cost at which a class was entered
    private readonly Queue<int> _now = new(); // reached at the cost that is looked at
    private readonly Queue<int> _later = new(); // reached at one more

    public int[] Cost { get; } = new int[members];

    /// <summary>By member: who gives to it.</summary>
    public int[] CameFrom { get; } = new int[members];

    /// <summary>By member: of which class it is given one.</summary>
    public int[] CameBy { get; } = new int[members];

    public bool IsReached(int member) => Cost[member] != int.MaxValue;

    public void Begin(int from)
    {
        Cost.AsSpan().Fill(int.MaxValue);
        _isSettled.AsSpan().Clear();
        _entered.AsSpan().Fill(int.MaxValue);
        Cost[from] = 0;
        _now.Enqueue(from);
    }

    public bool TryNext(out int member)
    {
        while (_now.TryDequeue(out member) || _later.TryDequeue(out member))
        {
            if (!_isSettled[member])
            {
                _isSettled[member] = true;
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether nobody went through the class at this cost or less: all of its members are reached then.</summary>
    public bool Enter(int one, int cost)
    {
        if (_entered[one] <= cost)
        {
            return false;
        }

        _entered[one] = cost;
        return true;
    }

    public void Reach(int from, int member, int by, int step)
    {
        int cost = Cost[from] + step;
        if (cost >= Cost[member])
        {
            return;
        }

        Cost[member] = cost;
        CameFrom[member] = from;
        CameBy[member] = by;
        (step == 0 ? _now : _later).Enqueue(member);
    }
}
