using System.Numerics;

namespace HighPerf.Kafka.Protocol.Buffers;

/// <summary>
/// The byte arrays of one client: bounded, and counted, so that a test can see at the end that nothing leaked.
/// There is one per client and none per process, so that one client's peak is not another one's memory for ever. Thread-safe.
///
/// What is kept idle is bounded in bytes, all sizes together, not in arrays of each size: 64 MiB of batches of 256 KiB are 256 arrays of one size, of
/// which a pool that
/// keeps 32 of each would allocate seven in eight anew (measured: 20 bytes for each 100-byte record sent). Sizes are powers of two; each has a stack
/// under its own short lock,
/// taken once for an array, never for a record.
/// </summary>
internal sealed class BufferPool
{
    /// <summary>Arrays above this are not kept: a rare giant must not pin its memory.</summary>
    public const int LargestKept = 16 * 1024 * 1024;

    private const int SmallestSize = 64;

    private readonly Stack<byte[]>[] _idle; // each guarded by itself
    private readonly int[] _least; // each guarded by its stack: how few were idle since the last ReleaseUnused
    private readonly long _mostIdleBytes;
    private readonly bool _countsRented;
    private long _idleBytes; // interlocked
    private long _outstandingBuffers; // interlocked
    private long _outstandingBytes; // interlocked

    /// <param name="mostIdleBytes">The most bytes that are kept idle; beyond, what comes back is left to the garbage collector.</param>
    /// <param name="countsRented">
    /// Whether what is rented counts too: then the pool as a whole has no more than that, or than is rented, and a size that runs out takes the place of
    /// idle arrays of other sizes.
    /// </param>
    public BufferPool(long mostIdleBytes = 128L * 1024 * 1024, bool countsRented = false)
    {
        _mostIdleBytes = mostIdleBytes;
        _countsRented = countsRented;
        _idle = new Stack<byte[]>[IndexOf(LargestKept) + 1];
        _least = new int[_idle.Length];
        for (int i = 0; i < _idle.Length; i++)
        {
            _idle[i] = new Stack<byte[]>();
        }
    }

    /// <summary>How many arrays are rented now.</summary>
    public long OutstandingBuffers => Interlocked.Read(ref _outstandingBuffers);

    /// <summary>How many bytes the rented arrays have in all.</summary>
    public long OutstandingBytes => Interlocked.Read(ref _outstandingBytes);

    /// <summary>How many bytes are kept idle.</summary>
    public long IdleBytes => Interlocked.Read(ref _idleBytes);

    /// <summary>
    /// Rents an array of at least <paramref name="minimumLength"/> bytes; its content is undefined. The caller owns it until <see cref="Return"/>.
    /// </summary>
    public byte[] Rent(int minimumLength)
    {
        byte[] array = minimumLength <= LargestKept ? TakeIdle(IndexOf(minimumLength)) : GC.AllocateUninitializedArray<byte>(minimumLength);
        Interlocked.Increment(ref _outstandingBuffers);
        Interlocked.Add(ref _outstandingBytes, array.Length);
        return array;
    }

    /// <summary>Gives an array back. The caller must not touch it afterwards.</summary>
    public void Return(byte[] array)
    {
        Interlocked.Decrement(ref _outstandingBuffers);
        long outstanding = Interlocked.Add(ref _outstandingBytes, -array.Length);
        if (array.Length > LargestKept)
        {
            return;
        }

        if (Interlocked.Add(ref _idleBytes, array.Length) + (_countsRented ? outstanding : 0) > _mostIdleBytes)
        {
            Interlocked.Add(ref _idleBytes, -array.Length);
            return;
        }

        Stack<byte[]> idle = _idle[IndexOf(array.Length)];
        lock (idle)
        {
            idle.Push(array);
        }
    }

    /// <summary>
    /// Lets go of half of the arrays that nobody asked for since the last call. Called again and again, in intervals that are long beside the swings of the
    /// load, it leaves what the load takes. It looks at the sizes, not at the arrays.
    /// </summary>
    public void ReleaseUnused()
    {
        for (int i = 0; i < _idle.Length; i++)
        {
            lock (_idle[i])
            {
                int unused = (Math.Min(_least[i], _idle[i].Count) + 1) / 2;
                for (int left = unused; left > 0; left--)
                {
                    _idle[i].Pop();
                }

                _least[i] = _idle[i].Count;
                Interlocked.Add(ref _idleBytes, -((long)unused * (SmallestSize << i)));
            }
        }
    }

    /// <summary>Lets go of everything that is idle: for a time in which nobody asks.</summary>
    public void ReleaseIdle()
    {
        for (int i = 0; i < _idle.Length; i++)
        {
            lock (_idle[i])
            {
                Interlocked.Add(ref _idleBytes, -((long)_idle[i].Count * (SmallestSize << i)));
                _idle[i].Clear(); // the stack's own array stays: a pointer for each that was there
                _least[i] = 0;
            }
        }
    }

    private static int IndexOf(int length) => BitOperations.Log2((uint)Math.Max(length, SmallestSize) - 1) + 1 - BitOperations.Log2(SmallestSize);

    private byte[] TakeIdle(int index)
    {
        Stack<byte[]> idle = _idle[index];
        byte[]? array;
        lock (idle)
        {
            idle.TryPop(out array);
            _least[index] = Math.Min(_least[index], idle.Count);
        }

        if (array is null)
        {
            if (_countsRented)
            {
                MakeRoom(SmallestSize << index);
            }

            return GC.AllocateUninitializedArray<byte>(SmallestSize << index);
        }

        Interlocked.Add(ref _idleBytes, -array.Length);
        return array;
    }

    // Lets go of idle arrays, of the size of which most bytes are idle, until another one fits. Rare, so it looks at all sizes.
    private void MakeRoom(int size)
    {
        while (IdleBytes + OutstandingBytes + size > _mostIdleBytes)
        {
            int most = 0;
            for (int i = 1; i < _idle.Length; i++)
            {
                most = (long)_idle[i].Count << i > (long)_idle[most].Count << most ? i : most; // counts of a moment ago do
            }

            lock (_idle[most])
            {
                if (!_idle[most].TryPop(out _))
                {
                    return;
                }

                _least[most] = Math.Min(_least[most], _idle[most].Count);
            }

            Interlocked.Add(ref _idleBytes, -(SmallestSize << most));
        }
    }
}
