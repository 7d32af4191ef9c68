namespace HighPerf.Kafka.Protocol.Generator.Model;

/// <summary>What a message is on the wire; the word in the spec is the same in lower case.</summary>
internal enum MessageKind
{
    Request,
    Response,
    Header,
    Data,
}
