using System.Buffers.Binary;
using HighPerf.Kafka.Cli.Measuring.Producing;

namespace HighPerf.Kafka.Cli.Measuring.Consuming;

/// <summary>
/// What came back of what was sent: each value begins with the moment at which it should have been sent and the number of the run, so that what others have
/// left in the topic does not count. The sender and the reader are two threads.
/// </summary>
internal sealed class RoundTripTally(long run)
{
    public const int KeySize = 8;
    public const int StampSize = 16;

    private readonly LatencyHistogram _latency = new();

    // Owner: the thread that runs the load, between loads.
    private TaskCompletionSource _all = new();
    private long _expected;

    // Owner: the reader.
    private long _seen;

    /// <summary>Completes when as many records are back as were expected.</summary>
    public Task WhenAll => _all.Task;

    public long Seen => Volatile.Read(ref _seen);

    public LatencyFigures Latency => _latency.Figures();

    /// <summary>Forgets what was, and waits for so many records. Not while records are on their way.</summary>
    public void Expect(long records)
    {
        _all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _latency.Clear();
        Volatile.Write(ref _seen, 0);
        Volatile.Write(ref _expected, records);
    }

    /// <summary>Writes the beginning of a value.</summary>
    /// <param name="due">On the system's clock.</param>
    public void Stamp(Span<byte> value, long due)
    {
        BinaryPrimitives.WriteInt64LittleEndian(value, due);
        BinaryPrimitives.WriteInt64LittleEndian(value[sizeof(long)..], run);
    }

    /// <summary>A record that was read, of this run or of another.</summary>
    public void Add(ReadOnlySpan<byte> value)
    {
        if (value.Length < StampSize || BinaryPrimitives.ReadInt64LittleEndian(value[sizeof(long)..]) != run)
        {
            return;
        }

        _latency.Record(TimeProvider.System.GetTimestamp() - BinaryPrimitives.ReadInt64LittleEndian(value));
        if (Interlocked.Increment(ref _seen) == Volatile.Read(ref _expected))
        {
            _all.TrySetResult();
        }
    }
}
