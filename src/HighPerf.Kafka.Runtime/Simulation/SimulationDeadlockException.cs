namespace HighPerf.Kafka.Runtime;

/// <summary>A simulated application waits for something that can never come.</summary>
internal sealed class SimulationDeadlockException(string message) : InvalidOperationException(message);
