using HighPerf.Kafka.Testing.Json;

namespace HighPerf.Kafka.Cli.Wire;

/// <summary>Input that hpk wire cannot convert; the message says what, where and what to do.</summary>
internal sealed class WireException : Exception
{
    public WireException(string message) : base(message)
    {
    }

    /// <summary>Whether an exception tells of wrong input, so that a run goes on with the next line.</summary>
    public static bool IsAboutInput(Exception e) => e is WireException or MessageJsonException or KafkaException or System.Text.Json.JsonException;
}
