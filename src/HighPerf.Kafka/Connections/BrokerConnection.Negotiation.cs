using HighPerf.Kafka.Diagnostics;
using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Connections;

/// <content>
/// Agreeing on versions (W2). The newest ApiVersions first; a broker that does not know it answers UNSUPPORTED_VERSION in version 0's form, naming what it
/// knows.
/// An answer that cannot be read is taken for the same, and asked again with version 0: on this connection, and if that is spoiled, once on a new one.
/// </content>
internal sealed partial class BrokerConnection
{
    private short _negotiationVersion = ApiVersionsExchange.NewestVersion;
    private bool _fellBack;
    private bool _startedOver;

    private bool ShouldStartOver() =>
        _phase == ConnectionPhase.Negotiating && _fellBack && !_startedOver && _transport is not null;

    private void AskVersions()
    {
        ApiVersionsExchange exchange = new(this, _runtime.Options.ConnectTimeout) { Deadline = _setupDeadline };
        WriteFrame(exchange, _negotiationVersion);
        Flush();
    }

    internal void OnVersions(in NegotiationResult result)
    {
        if (result.Error is not null)
        {
            FallBack(0, result.Error);
            return;
        }

        if (result.Code == ErrorCode.None)
        {
            Opened(result.Table!);
            return;
        }

        KafkaBrokerException refused = new(result.Code, ApiKey.ApiVersions, Endpoint.ToString());
        if (result.Code == ErrorCode.UnsupportedVersion)
        {
            short named = result.Table is null ? (short)-1 : result.Table.Choose(ApiKey.ApiVersions, 0, ApiVersionsExchange.NewestVersion);
            FallBack(named >= 0 && named < _negotiationVersion ? named : (short)0, refused);
            return;
        }

        Poison(refused);
    }

    private void FallBack(short version, KafkaException reason)
    {
        if (_negotiationVersion == 0)
        {
            Poison(new KafkaProtocolException(
                $"The answer of {Endpoint} to ApiVersions cannot be read in any version: {reason.Message} Check that this is a Kafka broker.", reason));
            return;
        }

        _runtime.ConnectionLogger.NegotiationFallback(Endpoint, _negotiationVersion, version);
        _fellBack = true;
        _negotiationVersion = version;
        AskVersions();
    }
}
