namespace HighPerf.Kafka.Cli.Output;

/// <summary>A line on standard error that says how far long work has come, when a person is looking at it. Owner: the working thread.</summary>
internal sealed class Progress : IDisposable
{
    private const int CheckEvery = 1024;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly string _what;
    private readonly long _total;
    private readonly bool _isShown;
    private long _lastShown = TimeProvider.System.GetTimestamp();
    private bool _hasLine;

    /// <param name="total">How much there is to do; 0 when nobody knows.</param>
    public Progress(string what, long total)
    {
        _what = what;
        _total = total;
        _isShown = !Console.IsErrorRedirected;
    }

    public void Report(long done)
    {
        if (!_isShown || done % CheckEvery != 0 || TimeProvider.System.GetElapsedTime(_lastShown) < Interval)
        {
            return;
        }

        _lastShown = TimeProvider.System.GetTimestamp();
        _hasLine = true;
        string share = _total > 0 ? $" of {_total:N0} ({100.0 * done / _total:F0} %)" : "";
        Console.Error.Write($"\r{_what}: {done:N0}{share}   ");
    }

    public void Dispose()
    {
        if (_hasLine)
        {
            Console.Error.Write("\r" + new string(' ', 79) + "\r");
        }
    }
}
