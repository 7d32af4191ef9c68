namespace HighPerf.Kafka.Producing;

/// <summary>How the outcome of a record is told.</summary>
internal enum AckKind : byte
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>By the value task of its send.</summary>
    Awaited,

    /// <summary>By the value task of its send, whose wait a token may end.</summary>
    AwaitedCancellable,

    /// <summary>By a call to the user's handler.</summary>
    Callback,
}
