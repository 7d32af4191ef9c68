using System.Buffers;

namespace HighPerf.Kafka.Protocol.Buffers;

/// <summary>
/// The byte arrays of one client: bounded, and counted, so that a test can see at the end that nothing leaked.
/// There is one per client and none per process, so that one client's peak is not another one's memory for ever. Thread-safe.
/// </summary>
internal sealed class BufferPool
{
    /// <summary>Arrays above this are not kept: a rare giant must not pin its memory.</summary>
    public const int LargestKept = 16 * 1024 * 1024;

    private readonly ArrayPool<byte> _arrays;
    private long _outstandingBuffers;
    private long _outstandingBytes;

    /// <param name="arraysPerSize">How many idle arrays are kept of each power of two.</param>
    public BufferPool(int arraysPerSize = 32) => _arrays = ArrayPool<byte>.Create(LargestKept, arraysPerSize);

    /// <summary>How many arrays are rented now.</summary>
    public long OutstandingBuffers => Interlocked.Read(ref _outstandingBuffers);

    /// <summary>How many bytes the rented arrays have in all.</summary>
    public long OutstandingBytes => Interlocked.Read(ref _outstandingBytes);

    /// <summary>
    /// Rents an array of at least <paramref name="minimumLength"/> bytes; its content is undefined. The caller owns it until <see cref="Return"/>.
    /// </summary>
    public byte[] Rent(int minimumLength)
    {
        byte[] array = _arrays.Rent(minimumLength);
        Interlocked.Increment(ref _outstandingBuffers);
        Interlocked.Add(ref _outstandingBytes, array.Length);
        return array;
    }

    /// <summary>Gives an array back. The caller must not touch it afterwards.</summary>
    public void Return(byte[] array)
    {
        Interlocked.Decrement(ref _outstandingBuffers);
        Interlocked.Add(ref _outstandingBytes, -array.Length);
        _arrays.Return(array);
    }
}
