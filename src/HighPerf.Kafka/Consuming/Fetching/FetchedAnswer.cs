using HighPerf.Kafka.Connections;

namespace HighPerf.Kafka.Consuming.Fetching;

/// <summary>
/// The bytes of one Fetch answer, in the buffer they were received into, counted as held until the last of its partitions is given back: a part that is kept
/// keeps all of it. Each part holds a reference, and so does whoever reads the answer. References are counted from any thread.
/// </summary>
internal sealed class FetchedAnswer
{
    private readonly ConsumerSession _session;
    private readonly SharedBuffer _buffer;
    private int _references = 1; // any thread, interlocked

    /// <summary>Takes the caller's reference to the buffer.</summary>
    public FetchedAnswer(ConsumerSession session, SharedBuffer buffer, int bodyOffset, int length)
    {
        _session = session;
        _buffer = buffer;
        BodyOffset = bodyOffset;
        Length = length;
        session.Hold(length);
    }

    /// <summary>Where the answer's body begins in the buffer.</summary>
    public int BodyOffset { get; }

    /// <summary>How many bytes it keeps.</summary>
    public int Length { get; }

    public byte[] Array => _buffer.Array;

    public void AddReference() => Interlocked.Increment(ref _references);

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            _buffer.Release();
            _session.GiveBack(Length);
        }
    }
}
