using HighPerf.Kafka.Connections;

namespace HighPerf.Kafka.Groups;

/// <summary>A request that waited for its coordinator to be known: what is left of its timeout is the time that the connection may take.</summary>
internal sealed class BoundedRequest(BrokerRequest inner, TimeSpan left) : BrokerRequest
{
    public override ApiKey ApiKey => inner.ApiKey;

    public override short LowestVersion => inner.LowestVersion;

    public override short HighestVersion => inner.HighestVersion;

    public override TimeSpan Timeout => left;

    public override bool IsFlexible(short version) => inner.IsFlexible(version);

    public override void Encode(RequestWriter output, short version) => inner.Encode(output, version);

    public override int OnResponse(in ResponseBody body, short version) => inner.OnResponse(body, version);

    public override void OnFailed(KafkaException error, bool maybeSent) => inner.OnFailed(error, maybeSent);
}
