namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>A handler and the versions that clients are told. An old release tells versions that no handler knows any more (KIP-896).</summary>
internal sealed record HandlerEntry(RequestHandler Handler, short MinVersion, short MaxVersion)
{
    public bool Takes(short version) => version >= MinVersion && version <= MaxVersion && Handler.Supports(version);
}
