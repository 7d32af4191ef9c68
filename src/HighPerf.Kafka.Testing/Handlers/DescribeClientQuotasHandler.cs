using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Quotas;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>Tells quotas whose entities have all the parts that a filter names; with "strict" those that have no other part.</summary>
internal sealed class DescribeClientQuotasHandler : RequestHandler<DescribeClientQuotasRequest, DescribeClientQuotasResponse>
{
    private const sbyte ExactName = 0;
    private const sbyte DefaultName = 1;
    private const sbyte AnyName = 2;

    protected override DescribeClientQuotasResponse Handle(DescribeClientQuotasRequest request, RequestContext context)
    {
        if (Check(request, out ErrorCode error) is { } wrong)
        {
            DescribeClientQuotasResponse refusal = CreateErrorResponse(request, context, error);
            refusal.ErrorMessage = wrong;
            return refusal;
        }

        DescribeClientQuotasResponse response = new() { ErrorMessage = null };
        foreach ((QuotaEntity entity, SortedDictionary<string, double> values) in context.Cluster.Quotas.All)
        {
            if (request.Components.TrueForAll(component => Matches(entity, component))
                && (!request.Strict || entity.PartCount == request.Components.Count))
            {
                response.Entries!.Add(Describe(entity, values));
            }
        }

        return response;
    }

    protected override DescribeClientQuotasResponse CreateErrorResponse(DescribeClientQuotasRequest request, RequestContext context, ErrorCode error) =>
        new() { ErrorCode = (short)error, Entries = null };

    private static string? Check(DescribeClientQuotasRequest request, out ErrorCode error)
    {
        error = ErrorCode.InvalidRequest;
        foreach (DescribeClientQuotasRequest.ComponentData component in request.Components)
        {
            if (component.EntityType.Length == 0)
            {
                return "Invalid empty entity type.";
            }

            if (request.Components.Count(other => other.EntityType == component.EntityType) > 1)
            {
                return $"Entity type {component.EntityType} cannot appear more than once in the filter.";
            }

            if (component.EntityType is not (QuotaEntity.UserType or QuotaEntity.ClientIdType or QuotaEntity.IpType))
            {
                error = ErrorCode.UnsupportedVersion;
                return $"Unsupported entity type {component.EntityType}";
            }

            if (component.MatchType is < ExactName or > AnyName)
            {
                return $"Unknown match type {component.MatchType}";
            }

            if (component.MatchType == ExactName == component.Match is null)
            {
                return "Request specified a match string where none belongs, or none where one does.";
            }
        }

        bool mixed = request.Components.Count > 1 && request.Components.Exists(component => component.EntityType == QuotaEntity.IpType);
        return mixed ? "Invalid entity filter component combination. IP filter component should not be used with user or clientId filter component." : null;
    }

    private static bool Matches(in QuotaEntity entity, DescribeClientQuotasRequest.ComponentData component) =>
        entity.Part(component.EntityType) is { } part && (component.MatchType == AnyName || part.Name == component.Match);

    private static DescribeClientQuotasResponse.EntryData Describe(in QuotaEntity entity, SortedDictionary<string, double> values)
    {
        DescribeClientQuotasResponse.EntryData entry = new();
        foreach ((string type, string? name) in entity.Parts())
        {
            entry.Entity.Add(new DescribeClientQuotasResponse.EntityData { EntityType = type, EntityName = name });
        }

        foreach ((string key, double value) in values)
        {
            entry.Values.Add(new DescribeClientQuotasResponse.ValueData { Key = key, Value = value });
        }

        return entry;
    }
}
