namespace HighPerf.Kafka.Testing.Quotas;

/// <summary>One part of an entity: a user, a client id or an address by its name, or (null) all that have no quota under their own name.</summary>
internal readonly record struct QuotaName(string? Name);
