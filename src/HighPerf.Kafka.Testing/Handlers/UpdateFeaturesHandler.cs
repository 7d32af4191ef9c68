using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Releases;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>Changes finalized levels of features (KIP-584): all that the request names, or none.</summary>
internal sealed class UpdateFeaturesHandler : RequestHandler<UpdateFeaturesRequest, UpdateFeaturesResponse>
{
    private const sbyte Upgrade = 1;
    private const sbyte SafeDowngrade = 2;
    private const sbyte UnsafeDowngrade = 3;

    /// <summary>Before it there is no type, only leave to downgrade.</summary>
    private const short FirstTypeVersion = 1;

    /// <summary>From it on there is only one result for all.</summary>
    private const short FirstSingleResultVersion = 2;

    protected override UpdateFeaturesResponse Handle(UpdateFeaturesRequest request, RequestContext context)
    {
        ClusterFeatures features = context.Cluster.Features;
        foreach (UpdateFeaturesRequest.FeatureUpdateKey update in request.FeatureUpdates)
        {
            sbyte type = context.Version >= FirstTypeVersion ? update.UpgradeType : update.AllowDowngrade ? SafeDowngrade : Upgrade;
            if (Check(features, update.Feature, update.MaxVersionLevel, type) is { } wrong)
            {
                UpdateFeaturesResponse refusal = CreateErrorResponse(request, context, ErrorCode.InvalidUpdateVersion);
                refusal.ErrorMessage = $"The update failed for all features since the following feature had an error: {wrong}";
                return refusal;
            }
        }

        UpdateFeaturesResponse response = new() { ErrorMessage = null };
        foreach (UpdateFeaturesRequest.FeatureUpdateKey update in request.FeatureUpdates)
        {
            if (!request.ValidateOnly)
            {
                features.Finalize(update.Feature, update.MaxVersionLevel);
            }

            if (context.Version < FirstSingleResultVersion)
            {
                response.Results.Add(new UpdateFeaturesResponse.UpdatableFeatureResult { Feature = update.Feature, ErrorMessage = null });
            }
        }

        return response;
    }

    protected override UpdateFeaturesResponse CreateErrorResponse(UpdateFeaturesRequest request, RequestContext context, ErrorCode error) =>
        new() { ErrorCode = (short)error };

    private static string? Check(ClusterFeatures features, string name, short level, sbyte type)
    {
        string begin = $"Invalid update version {level} for feature {name}.";
        if (type is < Upgrade or > UnsafeDowngrade)
        {
            return $"{begin} The controller does not support the given upgrade type.";
        }

        if (level < 0)
        {
            return $"{begin} A feature version cannot be less than 0.";
        }

        if (features.Find(name) is not { } feature)
        {
            return $"{begin} Local controller does not support this feature.";
        }

        if (level > feature.Max || (level != 0 && level < feature.Min) || (level == 0 && name == ClusterFeatures.MetadataVersion))
        {
            return $"{begin} Local controller only supports versions {feature.Min}-{feature.Max}";
        }

        if (level < feature.Level && type == Upgrade)
        {
            return $"{begin} Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade.";
        }

        if (level > feature.Level && type != Upgrade)
        {
            return $"{begin} Can't downgrade to a newer version.";
        }

        return name == ClusterFeatures.MetadataVersion ? CheckMetadataVersion(feature, level, type) : null;
    }

    private static string? CheckMetadataVersion(FeatureLevel feature, short level, sbyte type)
    {
        if (!ClusterFeatures.LosesMetadata(feature.Level, level))
        {
            return null;
        }

        string reason = type == UnsafeDowngrade
            ? "Unsafe metadata downgrade is not supported in this version."
            : "Refusing to perform the requested downgrade because it might delete metadata information.";
        return $"Invalid metadata.version {level}. {reason}";
    }
}
