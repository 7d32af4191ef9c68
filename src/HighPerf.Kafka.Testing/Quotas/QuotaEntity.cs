namespace HighPerf.Kafka.Testing.Quotas;

/// <summary>Whom a quota is for. A part that is null does not matter.</summary>
internal readonly record struct QuotaEntity(QuotaName? User, QuotaName? ClientId, QuotaName? Ip)
{
    public const string UserType = "user";
    public const string ClientIdType = "client-id";
    public const string IpType = "ip";

    public int PartCount => (User is null ? 0 : 1) + (ClientId is null ? 0 : 1) + (Ip is null ? 0 : 1);

    public QuotaName? Part(string type) => type switch
    {
        UserType => User,
        ClientIdType => ClientId,
        IpType => Ip,
        _ => null,
    };

    /// <summary>The same entity with one part more; null when the type is unknown.</summary>
    public QuotaEntity? With(string type, string? name) => type switch
    {
        UserType => this with { User = new QuotaName(name) },
        ClientIdType => this with { ClientId = new QuotaName(name) },
        IpType => this with { Ip = new QuotaName(name) },
        _ => null,
    };

    /// <summary>The parts in the order in which they are told.</summary>
    public IEnumerable<(string Type, string? Name)> Parts()
    {
        foreach (string type in new[] { UserType, ClientIdType, IpType })
        {
            if (Part(type) is { } part)
            {
                yield return (type, part.Name);
            }
        }
    }
}
