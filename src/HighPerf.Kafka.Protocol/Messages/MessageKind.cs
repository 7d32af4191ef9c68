namespace HighPerf.Kafka.Protocol.Messages;

/// <summary>What a message is on the wire.</summary>
internal enum MessageKind : byte
{
    /// <summary>The body of a request.</summary>
    Request,

    /// <summary>The body of a response.</summary>
    Response,

    /// <summary>A header, in front of a body.</summary>
    Header,

    /// <summary>Bytes that travel inside a field of a message or inside a record.</summary>
    Data,
}
