namespace HighPerf.Kafka.Testing;

/// <summary>What became of a request that an embedded cluster received.</summary>
public enum RequestOutcome
{
    /// <summary>Being worked on, or waiting for what it asks (a long poll).</summary>
    Pending,

    /// <summary>A fault holds it, or its answer.</summary>
    Held,

    /// <summary>Handled and answered.</summary>
    Answered,

    /// <summary>Handled; a request of this kind has no answer (a produce request with acks 0).</summary>
    Unanswered,

    /// <summary>Handled; a fault threw its answer away, or part of it.</summary>
    Lost,

    /// <summary>Not handled: a fault threw it away.</summary>
    Dropped,

    /// <summary>Its connection was closed before it was answered; <see cref="RecordedRequest.Reason"/> says why.</summary>
    Closed,
}
