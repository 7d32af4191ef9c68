namespace HighPerf.Kafka.Testing.Quotas;

/// <summary>
/// What the quotas are, for whom. Everybody is the user ANONYMOUS here, as on a plaintext listener. Shared by the brokers, each of which measures for itself.
/// Owner: the cluster's loop.
/// </summary>
internal sealed class ClientQuotas
{
    private const string Anonymous = "ANONYMOUS";

    /// <summary>In the order in which they were made.</summary>
    private readonly List<(QuotaEntity Entity, SortedDictionary<string, double> Values)> _all = [];

    public IReadOnlyList<(QuotaEntity Entity, SortedDictionary<string, double> Values)> All => _all;

    /// <summary>Whether nobody has a quota: the usual case, which must cost nothing.</summary>
    public bool IsEmpty => _all.Count == 0;

    /// <summary>Says what is wrong with a quota's name or value; null when all is well.</summary>
    public static string? Check(in QuotaEntity entity, string key, double value)
    {
        bool isNumber = key is "producer_byte_rate" or "consumer_byte_rate";
        bool isKnown = entity.Ip is null ? isNumber || key is "request_percentage" or "controller_mutation_rate" : key is "connection_creation_rate";
        if (!isKnown)
        {
            return $"Invalid configuration key {key}";
        }

        bool mustBeWhole = isNumber || entity.Ip is not null;
        return mustBeWhole && Math.Abs(Math.Round(value) - value) > 1e-6 ? $"Configuration {key} must be a Long value" : null;
    }

    public void Set(in QuotaEntity entity, string key, double? value)
    {
        QuotaEntity wanted = entity;
        int index = _all.FindIndex(quota => quota.Entity == wanted);
        if (value is { } number)
        {
            if (index < 0)
            {
                index = _all.Count;
                _all.Add((entity, new SortedDictionary<string, double>(StringComparer.Ordinal)));
            }

            _all[index].Values[key] = number;
        }
        else if (index >= 0 && _all[index].Values.Remove(key) && _all[index].Values.Count == 0)
        {
            _all.RemoveAt(index);
        }
    }

    /// <summary>
    /// The quota in bytes a second that holds for a client, and whose rate it limits: the most telling entity that has one wins, and what it does not name does
    /// not divide the rate. Null: there is none.
    /// </summary>
    public (double BytesPerSecond, QuotaEntity MeasuredFor)? Find(QuotaKind kind, string clientId)
    {
        string key = kind == QuotaKind.Produce ? "producer_byte_rate" : "consumer_byte_rate";
        QuotaName user = new(Anonymous);
        QuotaName client = new(clientId);
        QuotaName any = new(null);
        ReadOnlySpan<(QuotaName? User, QuotaName? ClientId)> strongestFirst =
        [
            (user, client), (user, any), (user, null), (any, client), (any, any), (any, null), (null, client), (null, any),
        ];
        foreach ((QuotaName? ofUser, QuotaName? ofClient) in strongestFirst)
        {
            QuotaEntity entity = new(ofUser, ofClient, null);
            foreach ((QuotaEntity candidate, SortedDictionary<string, double> values) in _all)
            {
                if (candidate == entity && values.TryGetValue(key, out double value))
                {
                    return (value, new QuotaEntity(ofUser is null ? null : user, ofClient is null ? null : client, null));
                }
            }
        }

        return null;
    }
}
