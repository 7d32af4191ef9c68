namespace HighPerf.Kafka.Testing.Quotas;

/// <summary>The quotas that slow clients down.</summary>
internal enum QuotaKind
{
    Produce,
    Fetch,
}
