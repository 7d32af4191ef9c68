namespace HighPerf.Kafka.Integration.Tests.Servers;

/// <summary>What not every server can do. A test names what it needs; where that is missing it is not run, and the reason is printed.</summary>
[Flags]
public enum ServerFeatures
{
    None = 0,

    /// <summary>CreateTopics and DeleteTopics over the wire, and the errors of a second creation.</summary>
    TopicAdministration = 1,

    /// <summary>A topic that does not exist stays away when a client asks for it.</summary>
    NoAutoCreation = 2,

    /// <summary>ListOffsets by time finds the first record that is not older.</summary>
    OffsetsForTimes = 4,

    /// <summary>A fetch behind the end of the log is answered OFFSET_OUT_OF_RANGE.</summary>
    OffsetOutOfRange = 8,

    /// <summary>A batch larger than the topic takes is answered MESSAGE_TOO_LARGE.</summary>
    MessageSizeLimit = 16,

    /// <summary>The fixture can move the leader of a partition.</summary>
    LeaderMoves = 32,

    /// <summary>The fixture can stop a broker and start it again.</summary>
    BrokerRestarts = 64,

    /// <summary>Topics may have message.timestamp.type=LogAppendTime.</summary>
    LogAppendTime = 128,

    /// <summary>A produce request with acks=0 has no answer, as the protocol says.</summary>
    AcksNone = 256,

    /// <summary>The fixture can have the next requests of an API answered with errors.</summary>
    InjectedErrors = 512,

    /// <summary>The fixture can lose a request, or its answer, with the connection.</summary>
    LostAnswers = 1024,

    /// <summary>The fixture can make the answers of a broker slow.</summary>
    SlowAnswers = 2048,

    /// <summary>The server writes the batches of an idempotent producer once and in order, whichever it refuses and however often they are sent.</summary>
    Idempotence = 4096,
}
