using System.Numerics;

namespace HighPerf.Kafka.Runtime;

/// <summary>
/// The queue of a loop and the right to run it, in one word. Many threads post; one owner at a time takes.
/// </summary>
/// <remarks>
/// <para>The word <c>_head</c> is one of three things: <c>Idle</c> (nothing queued, nobody owns the loop), <c>Empty</c> (somebody owns it, nothing
/// queued), or the index of the newest queued node, whose chain leads to the oldest (somebody owns it). Queue and ownership change in the same
/// compare-and-swap, so the two classic faults cannot be written down: a poster that finds the loop owned has queued its item by that very step, and
/// the owner cannot leave without seeing it (leaving swaps <c>Empty</c> for <c>Idle</c>, and fails once something is queued); and of all who find the
/// loop idle, one swap succeeds, so there is one owner. Whoever moves the word away from <c>Idle</c> must see to it that the loop runs: it owns the
/// loop, or hands the ownership on.</para>
/// <para>The owner takes the whole chain with one exchange. Pushing and taking all have no ABA fault: a node's link is right whenever the head is
/// what it was linked to, whatever happened between. The chain is newest first; the owner reads it backward.</para>
/// <para>Nodes live in arrays and are named by index, so that posting allocates nothing: unused ones stand in a second chain, <c>_free</c>. Popping
/// from that one does have the ABA fault, so its head carries a count of changes in the upper half. A popper may read the link of a node that another
/// has taken meanwhile; the count makes its swap fail then. Arrays are added, never moved or given back, so an index is good for ever. The memory is
/// that of the largest burst.</para>
/// <para>Fences: every change of the words is an interlocked operation. What the last owner wrote is visible to the next, since the one leaves by
/// such an operation on <c>_head</c> and the other enters by one; a hand-over by way of an executor queue has that queue's fences.</para>
/// </remarks>
internal sealed class Mailbox<TYield>(TYield yield)
    where TYield : struct, IYieldPoint
{
    private const int Idle = -2;
    private const int Empty = -1;
    private const int FirstChunkBits = 4;
    private const int FirstChunk = 1 << FirstChunkBits;
    private const int MaxChunks = 24;

    /// <summary>
    /// Chunk k holds the nodes from FirstChunk * (2^k - 1) on, FirstChunk * 2^k of them. Written under <see cref="_growing"/>, read by all.
    /// </summary>
    private readonly Node[][] _chunks = new Node[MaxChunks][];

    private readonly Lock _growing = new();

    /// <summary>Guarded by <see cref="_growing"/>.</summary>
    private int _chunkCount;

    /// <summary>Shared, interlocked: see the remarks.</summary>
    private int _head = Idle;

    /// <summary>Shared, interlocked: the index of the first free node plus one (0: none) in the lower half, a count of changes in the upper.</summary>
    private long _free;

    /// <summary>Not a readonly copy, so that a struct with state works too.</summary>
    private TYield _yield = yield;

    /// <summary>Whether nobody owned the loop and nothing was queued, a moment ago. For diagnostics.</summary>
    public bool IsIdle => Volatile.Read(ref _head) == Idle;

    /// <summary>Queues an item. True: the loop was idle, and the caller now has its ownership and must run the loop or hand it on.</summary>
    public bool Post(IThreadPoolWorkItem item)
    {
        int index = TakeFreeNode();
        ref Node node = ref NodeAt(index);
        node.Item = item;
        _yield.Yield();
        int head = Volatile.Read(ref _head);
        while (true)
        {
            node.Next = head < 0 ? Empty : head;
            _yield.Yield();
            int seen = Interlocked.CompareExchange(ref _head, index, head);
            if (seen == head)
            {
                return head == Idle;
            }

            head = seen;
        }
    }

    /// <summary>Takes the ownership of an idle loop. False: somebody has it.</summary>
    public bool TryEnter()
    {
        _yield.Yield();
        return Volatile.Read(ref _head) == Idle && Interlocked.CompareExchange(ref _head, Empty, Idle) == Idle;
    }

    /// <summary>Gives up the ownership. False: something is queued, and the caller still has it. Owner only.</summary>
    public bool TryLeave()
    {
        _yield.Yield();
        return Interlocked.CompareExchange(ref _head, Idle, Empty) == Empty;
    }

    /// <summary>
    /// Moves everything queued to <paramref name="items"/>, which grows as needed, the newest first; returns how many. Owner only.
    /// </summary>
    public int TakeAll(ref IThreadPoolWorkItem?[] items)
    {
        _yield.Yield();
        if (Volatile.Read(ref _head) == Empty)
        {
            return 0;
        }

        _yield.Yield();
        int first = Interlocked.Exchange(ref _head, Empty);
        int count = 0;
        int last = first;
        for (int index = first; index >= 0; index = NodeAt(index).Next)
        {
            if (count == items.Length)
            {
                Array.Resize(ref items, Math.Max(FirstChunk, 2 * count));
            }

            ref Node node = ref NodeAt(index);
            items[count++] = node.Item;
            node.Item = null;
            last = index;
        }

        GiveBack(first, last);
        return count;
    }

    private int TakeFreeNode()
    {
        _yield.Yield();
        long free = Volatile.Read(ref _free);
        while ((int)free != 0)
        {
            int index = (int)free - 1;
            _yield.Yield();
            int next = Volatile.Read(ref NodeAt(index).Next) + 1;
            _yield.Yield();
            long seen = Interlocked.CompareExchange(ref _free, Changed(free, next), free);
            if (seen == free)
            {
                return index;
            }

            free = seen;
        }

        return Grow();
    }

    /// <summary>Puts a chain of nodes before the free ones.</summary>
    private void GiveBack(int first, int last)
    {
        long free = Volatile.Read(ref _free);
        while (true)
        {
            Volatile.Write(ref NodeAt(last).Next, (int)free - 1);
            _yield.Yield();
            long seen = Interlocked.CompareExchange(ref _free, Changed(free, first + 1), free);
            if (seen == free)
            {
                return;
            }

            free = seen;
        }
    }

    /// <summary>Adds an array of nodes; returns one of them and puts the others to the free ones. No yield point stands inside the lock.</summary>
    private int Grow()
    {
        int start;
        int length;
        lock (_growing)
        {
            if (_chunkCount == MaxChunks)
            {
                throw new InvalidOperationException("A loop has more than 250 million items queued; its owner does not keep up or stands still.");
            }

            length = FirstChunk << _chunkCount;
            start = length - FirstChunk;
            Node[] chunk = new Node[length];
            for (int i = 1; i < length; i++)
            {
                chunk[i].Next = start + i + 1;
            }

            Volatile.Write(ref _chunks[_chunkCount], chunk);
            _chunkCount++;
        }

        GiveBack(start + 1, start + length - 1);
        return start;
    }

    private static long Changed(long free, int first) => (((free >> 32) + 1) << 32) | (uint)first;

    private ref Node NodeAt(int index)
    {
        int number = index + FirstChunk;
        int bits = BitOperations.Log2((uint)number);
        return ref _chunks[bits - FirstChunkBits][number - (1 << bits)];
    }

    /// <summary>Owned by whoever took it from the free ones until it is linked to the head, then by the loop's owner.</summary>
    private struct Node
    {
        public IThreadPoolWorkItem? Item;
        public int Next;
    }
}
