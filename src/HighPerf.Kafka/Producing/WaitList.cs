using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Producing;

/// <summary>Callers that wait, in the order in which they came, and nodes for those who will. Owner: the lock of the line.</summary>
internal sealed class WaitList
{
    private const int MostSpare = 64;

    private readonly IWaitOwner _owner;
    private readonly WorkExecutor _executor;
    private readonly Stack<WaitNode> _spare = new();
    private WaitNode? _last;

    public WaitList(IWaitOwner owner, WorkExecutor executor)
    {
        _owner = owner;
        _executor = executor;
    }

    public WaitNode? First { get; private set; }

    public int Count { get; private set; }

    /// <summary>Puts a waiter at the end. The caller starts it when it has left the lock.</summary>
    public WaitNode Add(long amount) => Add(amount, TimeSpan.MaxValue);

    /// <param name="deadline">Until when it waits, if its line looks at that.</param>
    /// <inheritdoc cref="Add(long)"/>
    public WaitNode Add(long amount, TimeSpan deadline)
    {
        WaitNode node = _spare.TryPop(out WaitNode? spare) ? spare : new WaitNode(_owner, _executor);
        node.Begin(amount, deadline);
        node.Previous = _last;
        node.IsLinked = true;
        if (_last is null)
        {
            First = node;
        }
        else
        {
            _last.Next = node;
        }

        _last = node;
        Count++;
        return node;
    }

    /// <summary>Takes a waiter out. False: it is out already.</summary>
    public bool Remove(WaitNode node)
    {
        if (!node.IsLinked)
        {
            return false;
        }

        if (node.Previous is null)
        {
            First = node.Next;
        }
        else
        {
            node.Previous.Next = node.Next;
        }

        if (node.Next is null)
        {
            _last = node.Previous;
        }
        else
        {
            node.Next.Previous = node.Previous;
        }

        node.Next = null;
        node.Previous = null;
        node.IsLinked = false;
        Count--;
        return true;
    }

    /// <summary>Keeps a node for the next waiter.</summary>
    public void Keep(WaitNode node)
    {
        if (_spare.Count < MostSpare)
        {
            _spare.Push(node);
        }
    }
}
