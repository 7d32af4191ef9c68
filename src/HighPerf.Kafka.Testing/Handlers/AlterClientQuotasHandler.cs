using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Quotas;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>Sets and removes quotas; each entity succeeds or fails as a whole, and on its own.</summary>
internal sealed class AlterClientQuotasHandler : RequestHandler<AlterClientQuotasRequest, AlterClientQuotasResponse>
{
    protected override AlterClientQuotasResponse Handle(AlterClientQuotasRequest request, RequestContext context)
    {
        AlterClientQuotasResponse response = new();
        List<QuotaEntity> seen = [];
        foreach (AlterClientQuotasRequest.EntryData entry in request.Entries)
        {
            string? wrong = ReadEntity(entry, out QuotaEntity entity) ?? CheckOps(entry, entity);
            if (wrong is null && seen.Contains(entity))
            {
                wrong = "Ignoring duplicate entity";
            }

            seen.Add(entity);
            if (wrong is null && !request.ValidateOnly)
            {
                foreach (AlterClientQuotasRequest.OpData op in entry.Ops)
                {
                    context.Cluster.Quotas.Set(entity, op.Key, op.Remove ? null : op.Value);
                }
            }

            response.Entries.Add(Answer(entry, wrong is null ? ErrorCode.None : ErrorCode.InvalidRequest, wrong));
        }

        return response;
    }

    protected override AlterClientQuotasResponse CreateErrorResponse(AlterClientQuotasRequest request, RequestContext context, ErrorCode error)
    {
        AlterClientQuotasResponse response = new();
        response.Entries.AddRange(request.Entries.Select(entry => Answer(entry, error, null)));
        return response;
    }

    private static string? ReadEntity(AlterClientQuotasRequest.EntryData entry, out QuotaEntity entity)
    {
        entity = default;
        foreach (AlterClientQuotasRequest.EntityData part in entry.Entity)
        {
            if (entity.Part(part.EntityType) is not null)
            {
                return $"Invalid empty client quota entity, duplicate entity entry {part.EntityType}";
            }

            if (entity.With(part.EntityType, part.EntityName) is not { } more)
            {
                return $"Unhandled client quota entity type: {part.EntityType}";
            }

            if (part.EntityName?.Length == 0)
            {
                return $"Empty {part.EntityType} not supported";
            }

            entity = more;
        }

        bool mixed = entity.Ip is not null && entity.PartCount > 1;
        return entity.PartCount == 0 || mixed ? "Invalid empty client quota entity" : null;
    }

    private static string? CheckOps(AlterClientQuotasRequest.EntryData entry, in QuotaEntity entity)
    {
        List<string> keys = [];
        foreach (AlterClientQuotasRequest.OpData op in entry.Ops)
        {
            if (keys.Contains(op.Key))
            {
                return $"Duplicate quota key {op.Key}";
            }

            keys.Add(op.Key);
            if (!op.Remove && ClientQuotas.Check(entity, op.Key, op.Value) is { } wrong)
            {
                return wrong;
            }
        }

        return null;
    }

    private static AlterClientQuotasResponse.EntryData Answer(AlterClientQuotasRequest.EntryData entry, ErrorCode error, string? message) => new()
    {
        ErrorCode = (short)error,
        ErrorMessage = message,
        Entity = entry.Entity.ConvertAll(part => new AlterClientQuotasResponse.EntityData { EntityType = part.EntityType, EntityName = part.EntityName }),
    };
}
