using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing.Quotas;

/// <summary>What one broker has measured of its clients, and how much they must be slowed down. Owner: the cluster's loop.</summary>
internal sealed class BrokerQuotas
{
    private readonly EmbeddedCluster _cluster;
    private readonly int _brokerId;
    private readonly Dictionary<(QuotaKind, QuotaEntity), QuotaRate> _rates = [];

    public BrokerQuotas(EmbeddedCluster cluster, int brokerId)
    {
        _cluster = cluster;
        _brokerId = brokerId;
    }

    /// <summary>
    /// Counts the bytes of a request or an answer, and says for how many milliseconds the client must be quiet: that is told in the answer, and then nothing is
    /// taken from the connection for as long (KIP-219).
    /// </summary>
    public int RecordAndGetThrottleMs(string? clientId, QuotaKind kind, long bytes)
    {
        if (_cluster.Quotas.IsEmpty || _cluster.Quotas.Find(kind, clientId ?? "") is not { } quota)
        {
            return 0;
        }

        QuotaRate rate = RateOf(kind, quota.MeasuredFor);
        rate.Record(bytes, _cluster.NowMs);
        return (int)Math.Min(rate.ThrottleMs(quota.BytesPerSecond, _cluster.NowMs), int.MaxValue);
    }

    /// <summary>Takes back what was counted: the answer is not sent.</summary>
    public void Unrecord(string? clientId, QuotaKind kind, long bytes)
    {
        if (_cluster.Quotas.Find(kind, clientId ?? "") is { } quota)
        {
            RateOf(kind, quota.MeasuredFor).Record(-bytes, _cluster.NowMs);
        }
    }

    /// <summary>The most that a client can be sent at once: what its quota gives in a whole window.</summary>
    public long BytesInWindow(string? clientId, QuotaKind kind)
    {
        if (_cluster.Quotas.IsEmpty || _cluster.Quotas.Find(kind, clientId ?? "") is not { } quota)
        {
            return long.MaxValue;
        }

        return (long)(quota.BytesPerSecond * (Samples - 1) * SampleMs / 1000);
    }

    private int Samples => (int)_cluster.Configs.GetNumber("quota.window.num", _brokerId);

    private long SampleMs => 1000 * _cluster.Configs.GetNumber("quota.window.size.seconds", _brokerId);

    private QuotaRate RateOf(QuotaKind kind, in QuotaEntity entity)
    {
        if (!_rates.TryGetValue((kind, entity), out QuotaRate? rate))
        {
            rate = new QuotaRate(Samples, SampleMs);
            _rates.Add((kind, entity), rate);
        }

        return rate;
    }
}
