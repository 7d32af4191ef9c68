namespace HighPerf.Kafka.Interop.Tests.Scenarios;

/// <summary>A scenario failed; the message holds what the clients and the brokers logged.</summary>
internal sealed class ScenarioException(string message) : Exception(message);
