namespace HighPerf.Kafka.Testing.Quotas;

/// <summary>
/// Bytes a second as Apache Kafka measures them for a quota: over samples of a second each, ten whole ones and the one under way; where there are fewer the
/// missing ones count as empty. Owner: the cluster's loop.
/// </summary>
internal sealed class QuotaRate
{
    private readonly int _samples;
    private readonly long _sampleMs;
    private readonly List<Sample> _window = [];
    private int _current;

    public QuotaRate(int samples, long sampleMs)
    {
        _samples = samples;
        _sampleMs = sampleMs;
    }

    public void Record(double value, long nowMs)
    {
        if (_window.Count == 0)
        {
            _window.Add(new Sample(nowMs));
        }

        Sample sample = _window[_current];
        if (nowMs - sample.StartMs >= _sampleMs)
        {
            sample = Advance(nowMs);
        }

        sample.Value += value;
        sample.LastMs = nowMs;
    }

    /// <summary>How long a client must be quiet so that its rate is the quota again, in milliseconds; 0 when it is within the quota.</summary>
    public long ThrottleMs(double quota, long nowMs)
    {
        long window = WindowMs(nowMs);
        double rate = _window.Sum(sample => sample.Value) / (window / 1000.0);
        return rate > quota ? (long)Math.Floor(((rate - quota) / quota * window) + 0.5) : 0;
    }

    private Sample Advance(long nowMs)
    {
        _current = (_current + 1) % (_samples + 1);
        if (_current == _window.Count)
        {
            _window.Add(new Sample(nowMs));
        }
        else
        {
            _window[_current].Reset(nowMs);
        }

        return _window[_current];
    }

    private long WindowMs(long nowMs)
    {
        foreach (Sample sample in _window)
        {
            if (nowMs - sample.LastMs >= _samples * _sampleMs)
            {
                sample.Reset(nowMs);
            }
        }

        long elapsed = nowMs - _window.Min(sample => sample.StartMs);
        long missing = _samples - 1 - (elapsed / _sampleMs);
        return Math.Max(elapsed + (Math.Max(missing, 0) * _sampleMs), 1);
    }

    private sealed class Sample
    {
        public Sample(long nowMs) => Reset(nowMs);

        public long StartMs { get; private set; }

        public long LastMs { get; set; }

        public double Value { get; set; }

        public void Reset(long nowMs)
        {
            StartMs = nowMs;
            LastMs = nowMs;
            Value = 0;
        }
    }
}
