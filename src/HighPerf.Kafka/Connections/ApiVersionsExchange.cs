using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Connections;

/// <summary>
/// The first exchange of a connection. Unlike other requests it survives an answer that cannot be read: its connection then asks in an older version.
/// </summary>
internal sealed class ApiVersionsExchange : BrokerRequest
{
    /// <summary>Of our side; the first that is tried.</summary>
    public static short NewestVersion => ApiVersionsRequest.MaxVersion;

    private const string SoftwareName = "highperf-kafka-dotnet";

    private readonly BrokerConnection _connection;

    public ApiVersionsExchange(BrokerConnection connection, TimeSpan timeout)
    {
        _connection = connection;
        Timeout = timeout;
    }

    public override ApiKey ApiKey => ApiKey.ApiVersions;

    public override short LowestVersion => 0;

    public override short HighestVersion => NewestVersion;

    public override TimeSpan Timeout { get; }

    public override bool IsFlexible(short version) => ApiVersionsRequest.IsFlexible(version);

    public override void Encode(RequestWriter output, short version)
    {
        ApiVersionsRequest message = new() { ClientSoftwareName = SoftwareName, ClientSoftwareVersion = SoftwareVersion };
        int size = message.GetSize(version);
        KafkaWriter writer = new(output.GetSpan(size)[..size]);
        message.Write(ref writer, version);
        output.Advance(writer.Position);
    }

    public override int OnResponse(in ResponseBody body, short version)
    {
        _connection.OnVersions(Decode(body.Span, version));
        return 0;
    }

    public override void OnFailed(KafkaException error, bool maybeSent)
    {
        // The connection is the only waiter, and knows.
    }

    /// <summary>The error code comes first in every version. With UNSUPPORTED_VERSION the rest has version 0's form, or nobody's.</summary>
    internal static NegotiationResult Decode(ReadOnlySpan<byte> body, short version)
    {
        bool refused = false;
        try
        {
            refused = (ErrorCode)new KafkaReader(body).ReadInt16() == ErrorCode.UnsupportedVersion;
            KafkaReader reader = new(body);
            ApiVersionsResponse response = ApiVersionsResponse.Read(ref reader, refused ? (short)0 : version);
            if (!refused && reader.Remaining > 0)
            {
                return Unreadable($"{reader.Remaining} bytes are left over behind version {version} of the message.");
            }

            return new NegotiationResult((ErrorCode)response.ErrorCode, ToTable(response), null);
        }
        catch (KafkaProtocolException error)
        {
            return refused ? new NegotiationResult(ErrorCode.UnsupportedVersion, null, null) : new NegotiationResult(default, null, error);
        }
    }

    private static NegotiationResult Unreadable(string why) => new(default, null, new KafkaProtocolException(why));

    private static ApiVersionTable ToTable(ApiVersionsResponse response) => new(
        response.ApiKeys.Select(api => (api.ApiKey, api.MinVersion, api.MaxVersion)),
        response.FinalizedFeatures.Select(feature => KeyValuePair.Create(feature.Name, feature.MaxVersionLevel)));

    private static string SoftwareVersion => typeof(ApiVersionsExchange).Assembly.GetName().Version?.ToString(3) ?? "0";
}
