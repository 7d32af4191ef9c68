using Microsoft.Extensions.Logging;

namespace HighPerf.Kafka.Tests.Producing.Face;

/// <summary>Keeps what is logged, for a test in one thread.</summary>
internal sealed class KeptLog : ILoggerFactory, ILogger
{
    public List<(LogLevel Level, string Text, Exception? Exception)> Lines { get; } = [];

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Add((logLevel, formatter(state, exception), exception));

    public void Dispose()
    {
    }
}
