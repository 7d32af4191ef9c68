namespace HighPerf.Kafka.Runtime;

/// <summary>What an entry of the <see cref="EventLog"/> is about. The numbers go into the hash.</summary>
internal enum SimulatedEventKind : byte
{
    /// <summary>A source was chosen to run.</summary>
    Step = 1,

    /// <summary>Virtual time moved.</summary>
    Advance = 2,

    /// <summary>An item ran inline in an idle loop.</summary>
    Inline = 3,

    /// <summary>A connection began.</summary>
    Connect = 4,

    /// <summary>Bytes left an end.</summary>
    Send = 5,

    /// <summary>Bytes reached an end's user.</summary>
    Receive = 6,

    /// <summary>The network broke or stalled a connection.</summary>
    Fault = 7,

    /// <summary>An end closed.</summary>
    Close = 8,

    /// <summary>A loop was made.</summary>
    Loop = 9,

    /// <summary>Noted by the application under test.</summary>
    Application = 10,
}
