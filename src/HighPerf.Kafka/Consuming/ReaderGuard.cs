namespace HighPerf.Kafka.Consuming;

/// <summary>
/// Keeps the reading end of a consumer to one thread at a time, and says who cleans it up at the end.
///
/// Reading enters and leaves by one compare-and-swap each. Two readers at once are found out instead of corrupting each other. Closing may come from
/// any thread at any moment: when
/// nobody reads it takes the guard for ever and its caller cleans up; when somebody reads it leaves a mark, and that reader cleans up as it leaves.
/// Exactly one of the two does.
/// </summary>
internal struct ReaderGuard
{
    private const int Idle = 0;
    private const int Reading = 1;
    private const int ClosingWhileReading = 2;
    private const int Closed = 3;

    private int _state;

    /// <summary>Begins to read; false when closed.</summary>
    /// <exception cref="InvalidOperationException">Another thread is reading.</exception>
    public bool TryEnter() => Interlocked.CompareExchange(ref _state, Reading, Idle) switch
    {
        Idle => true,
        Reading => throw new InvalidOperationException(
            "Two threads read from one consumer at once. A consumer has one reader; hand its batches to other threads instead."),
        _ => false,
    };

    /// <summary>Ends reading. True: the consumer was closed meanwhile, and the caller cleans up.</summary>
    public bool Leave()
    {
        if (Interlocked.CompareExchange(ref _state, Idle, Reading) == Reading)
        {
            return false;
        }

        Volatile.Write(ref _state, Closed);
        return true;
    }

    /// <summary>Closes for ever. True: nobody reads, and the caller cleans up; false: whoever reads does, or it is done already.</summary>
    public bool Close()
    {
        while (true)
        {
            switch (Volatile.Read(ref _state))
            {
                case Idle when Interlocked.CompareExchange(ref _state, Closed, Idle) == Idle:
                    return true;
                case Reading when Interlocked.CompareExchange(ref _state, ClosingWhileReading, Reading) == Reading:
                case ClosingWhileReading:
                case Closed:
                    return false;
            }
        }
    }
}
