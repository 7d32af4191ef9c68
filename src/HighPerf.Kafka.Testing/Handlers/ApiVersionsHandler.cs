using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Releases;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>
/// Tells a client what it may ask. A version that is not known is answered in version 0 with UNSUPPORTED_VERSION and the range of ApiVersions itself
/// (KIP-511), so that the client can ask again.
/// </summary>
internal sealed class ApiVersionsHandler : RequestHandler<ApiVersionsRequest, ApiVersionsResponse>
{
    /// <summary>The first version in which a client names itself.</summary>
    private const short FirstNamedVersion = 3;

    /// <summary>The first version whose readers take a feature's lowest level of 0 (KAFKA-17011).</summary>
    private const short FirstLevelZeroVersion = 4;

    private readonly KafkaRelease _release;

    public ApiVersionsHandler(KafkaRelease release)
    {
        _release = release;
        MaxVersion = release.VersionsOf(ApiKey, MinVersion, base.MaxVersion)!.Value.Max;
    }

    public override short MaxVersion { get; }

    /// <summary>A client that does not know the broker's versions yet cannot know its header either: the response header is always version 0.</summary>
    public override bool HasFlexibleResponseHeader(short version) => false;

    public override FrameHeader ReadHeader(ref KafkaReader reader, short version, string? knownClientId) =>
        Supports(version) ? base.ReadHeader(ref reader, version, knownClientId) : FrameHeader.ReadFixed(ref reader);

    public override void Handle(RequestContext context, ReadOnlySpan<byte> body)
    {
        if (Supports(context.Version))
        {
            base.Handle(context, body);
            return;
        }

        ApiVersionsResponse response = new() { ErrorCode = (short)ErrorCode.UnsupportedVersion };
        if (_release.IsAtLeast(2, 4))
        {
            response.ApiKeys.Add(Describe(context.Broker.Handlers.All.First(entry => entry.Handler == this)));
        }

        ResponseBuffer buffer = context.BeginResponse();
        buffer.Write(response, 0);
        context.EndResponse();
    }

    protected override ApiVersionsResponse Handle(ApiVersionsRequest request, RequestContext context)
    {
        if (context.Version >= FirstNamedVersion && !(IsName(request.ClientSoftwareName) && IsName(request.ClientSoftwareVersion)))
        {
            return CreateErrorResponse(request, context, ErrorCode.InvalidRequest);
        }

        // KIP-1242: a client that was led here under another name (a reused address) finds out at once.
        bool elsewhere = request.ClusterId is not null && request.ClusterId != context.Cluster.ClusterId;
        if (elsewhere || (request.NodeId >= 0 && request.NodeId != context.Broker.NodeId))
        {
            return CreateErrorResponse(request, context, ErrorCode.RebootstrapRequired);
        }

        ApiVersionsResponse response = new();
        foreach (HandlerEntry entry in context.Broker.Handlers.All)
        {
            response.ApiKeys.Add(Describe(entry));
        }

        if (context.Version >= FirstNamedVersion)
        {
            AddFeatures(context.Cluster.Features, context.Version, response);
        }

        return response;
    }

    protected override ApiVersionsResponse CreateErrorResponse(ApiVersionsRequest request, RequestContext context, ErrorCode error) =>
        new() { ErrorCode = (short)error };

    private static ApiVersionsResponse.ApiVersion Describe(HandlerEntry entry) => new()
    {
        ApiKey = (short)entry.Handler.ApiKey,
        MinVersion = entry.MinVersion,
        MaxVersion = entry.MaxVersion,
    };

    private static void AddFeatures(ClusterFeatures features, short version, ApiVersionsResponse response)
    {
        response.FinalizedFeaturesEpoch = features.Epoch;
        foreach (FeatureLevel feature in features.All)
        {
            response.SupportedFeatures.Add(new ApiVersionsResponse.SupportedFeatureKey
            {
                Name = feature.Name,
                MinVersion = version < FirstLevelZeroVersion ? Math.Max(feature.Min, (short)1) : feature.Min,
                MaxVersion = feature.Max,
            });
            if (feature.Level > 0)
            {
                response.FinalizedFeatures.Add(new ApiVersionsResponse.FinalizedFeatureKey
                {
                    Name = feature.Name,
                    MinVersionLevel = feature.Level,
                    MaxVersionLevel = feature.Level,
                });
            }
        }
    }

    /// <summary>Letters, digits, dots and hyphens, with a letter or digit at both ends.</summary>
    private static bool IsName(string name)
    {
        if (name.Length == 0 || !char.IsAsciiLetterOrDigit(name[0]) || !char.IsAsciiLetterOrDigit(name[^1]))
        {
            return false;
        }

        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '-'))
            {
                return false;
            }
        }

        return true;
    }
}
