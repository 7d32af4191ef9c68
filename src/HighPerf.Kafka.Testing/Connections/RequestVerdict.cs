namespace HighPerf.Kafka.Testing.Connections;

/// <summary>What becomes of a request.</summary>
internal enum RequestVerdict
{
    /// <summary>Handled and answered.</summary>
    Apply,

    /// <summary>Not handled; answered with <see cref="InterceptedRequest.Error"/>.</summary>
    Fail,

    /// <summary>Handled; instead of the answer the connection is closed.</summary>
    ApplyAndClose,

    /// <summary>Handled and never answered; the connection stays open and takes no further request.</summary>
    ApplyAndStall,

    /// <summary>Not handled; the connection is closed.</summary>
    Close,
}
