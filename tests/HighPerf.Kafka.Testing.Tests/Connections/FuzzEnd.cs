namespace HighPerf.Kafka.Testing.Tests.Connections;

/// <summary>How a connection ended on which bad frames were sent.</summary>
internal enum FuzzEnd
{
    /// <summary>The good request behind them was answered, and so everything before it.</summary>
    Answered,

    /// <summary>The broker closed it.</summary>
    Closed,

    /// <summary>Neither, for a while.</summary>
    Silent,
}
