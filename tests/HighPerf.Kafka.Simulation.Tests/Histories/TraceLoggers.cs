using Microsoft.Extensions.Logging;

namespace HighPerf.Kafka.Simulation.Tests.Histories;

/// <summary>What a client logs, as lines of the trace.</summary>
internal sealed class TraceLoggers(string name, Action<string> trace) : ILoggerFactory, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        trace($"{name} logs: {formatter(state, exception)} {exception?.Message}");

    public void Dispose()
    {
    }
}
