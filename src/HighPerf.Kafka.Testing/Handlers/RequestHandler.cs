using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>What the broker does with one API key. Without state of its own: what it changes is the cluster's. Runs on the cluster's loop.</summary>
internal abstract class RequestHandler
{
    public abstract ApiKey ApiKey { get; }

    public abstract short MinVersion { get; }

    public abstract short MaxVersion { get; }

    public bool Supports(short version) => version >= MinVersion && version <= MaxVersion;

    /// <summary>Whether requests and responses of the version use compact types and tagged fields.</summary>
    public abstract bool IsFlexible(short version);

    /// <summary>Whether the response header has tagged fields. Only ApiVersions differs from its body.</summary>
    public virtual bool HasFlexibleResponseHeader(short version) => IsFlexible(version);

    public virtual FrameHeader ReadHeader(ref KafkaReader reader, short version, string? knownClientId) =>
        FrameHeader.Read(ref reader, IsFlexible(version), knownClientId);

    /// <summary>Handles a request: answers it, parks it, or closes its connection.</summary>
    /// <exception cref="KafkaProtocolException">The body is malformed.</exception>
    public abstract void Handle(RequestContext context, ReadOnlySpan<byte> body);

    /// <summary>Answers a request with an error, without doing anything of what it asks.</summary>
    /// <exception cref="KafkaProtocolException">The body is malformed.</exception>
    public abstract void Fail(RequestContext context, ReadOnlySpan<byte> body, ErrorCode error);
}
