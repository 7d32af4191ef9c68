namespace HighPerf.Kafka.Protocol.Generator.Model;

/// <summary>
/// Versions from <paramref name="Min"/> to <paramref name="Max"/>, both included. A range written without an end reaches to <see cref="Open"/>.
/// </summary>
internal readonly record struct VersionRange(int Min, int Max)
{
    public const int Open = short.MaxValue;

    public int Min { get; } = Min;

    public int Max { get; } = Max;

    public bool Contains(VersionRange other) => Min <= other.Min && other.Max <= Max;

    /// <summary>Cuts an open end to that of <paramref name="outer"/>.</summary>
    public VersionRange ClosedBy(VersionRange outer) => Max == Open ? new VersionRange(Min, outer.Max) : this;

    public override string ToString() => Min == Max ? $"v{Min}" : Max == Open ? $"v{Min}+" : $"v{Min}-{Max}";
}
