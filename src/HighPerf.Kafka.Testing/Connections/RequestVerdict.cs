namespace HighPerf.Kafka.Testing.Connections;

/// <summary>What becomes of a request.</summary>
internal enum RequestVerdict
{
    /// <summary>Handled and answered.</summary>
    Apply,

    /// <summary>Not handled; answered with <see cref="InterceptedRequest.Error"/>.</summary>
    Fail,

    /// <summary>Handled; the answer is <see cref="InterceptedRequest.Error"/> all the same.</summary>
    ApplyAndFail,

    /// <summary>Handled; instead of the answer the connection is closed.</summary>
    ApplyAndClose,

    /// <summary>Handled and never answered; the connection stays open and takes no further request.</summary>
    ApplyAndStall,

    /// <summary>Handled; the first <see cref="InterceptedRequest.AnswerBytes"/> bytes of the answer are sent, then the connection is closed.</summary>
    ApplyAndCut,

    /// <summary>Handled; the answer waits until it is released.</summary>
    ApplyAndHold,

    /// <summary>Not handled; the connection is closed.</summary>
    Close,

    /// <summary>Not handled and never answered; the connection stays open and takes no further request.</summary>
    Stall,

    /// <summary>As <see cref="Stall"/>, and nothing more is read from the connection either.</summary>
    HalfOpen,
}
