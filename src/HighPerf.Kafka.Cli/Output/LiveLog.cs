using System.Threading.Channels;
using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Cli.Output;

/// <summary>
/// What a broker does, on standard error while it happens. The broker never waits for the terminal: what does not fit into the queue is counted and left out.
/// Thread-safe.
/// </summary>
internal sealed class LiveLog : IAsyncDisposable
{
    private const int QueueLength = 10_000;

    private readonly Channel<object> _lines = Channel.CreateBounded<object>(new BoundedChannelOptions(QueueLength) { SingleReader = true });
    private readonly LiveLogLevel _level;
    private readonly TextWriter _output;
    private readonly Task _writing;

    /// <summary>Lines that did not fit since the last one that did. Any thread, by exchange.</summary>
    private int _missed;

    public LiveLog(LiveLogLevel level, TextWriter output)
    {
        _level = level;
        _output = output;
        _writing = WriteAsync();
    }

    /// <summary>Where the broker says what it would log; null when nobody reads it.</summary>
    public Action<string>? Events => _level >= LiveLogLevel.Events ? Add : null;

    /// <summary>Who is told of requests; null when nobody wants to know.</summary>
    public Action<RecordedRequest>? Requests => _level >= LiveLogLevel.Errors ? Add : null;

    public async ValueTask DisposeAsync()
    {
        _lines.Writer.Complete();
        await _writing;
    }

    private static bool IsError(RecordedRequest request) =>
        request.Error != ErrorCode.None || request.Outcome is not (RequestOutcome.Answered or RequestOutcome.Unanswered);

    private void Add(object line)
    {
        if (!_lines.Writer.TryWrite(line))
        {
            Interlocked.Increment(ref _missed);
        }
    }

    private async Task WriteAsync()
    {
        await foreach (object line in _lines.Reader.ReadAllAsync())
        {
            Write(line);
            int missed = Interlocked.Exchange(ref _missed, 0);
            if (missed > 0)
            {
                _output.WriteLine($"... {missed} lines left out");
            }
        }
    }

    private void Write(object line)
    {
        if (line is not RecordedRequest request)
        {
            _output.WriteLine(line);
            return;
        }

        if (_level == LiveLogLevel.Errors && !IsError(request))
        {
            return;
        }

        _output.WriteLine(request);
        if (_level == LiveLogLevel.Full)
        {
            _output.WriteLine($"    > {request.RequestJson}");
            _output.WriteLine($"    < {request.ResponseJson}");
        }
    }
}
