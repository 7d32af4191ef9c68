namespace HighPerf.Kafka.Connections;

/// <summary>What one broker said it speaks: versions per API, and the finalized features of its cluster. Immutable.</summary>
internal sealed class ApiVersionTable
{
    private const int Keys = 256;

    private readonly Range[] _ranges = new Range[Keys];
    private readonly KeyValuePair<string, short>[] _finalizedFeatures;

    /// <param name="ranges">API key, lowest and highest version. Keys this client does not know are kept out.</param>
    /// <param name="finalizedFeatures">Feature names with their finalized highest level.</param>
    public ApiVersionTable(IEnumerable<(short Key, short Min, short Max)> ranges, IEnumerable<KeyValuePair<string, short>> finalizedFeatures)
    {
        foreach ((short key, short min, short max) in ranges)
        {
            if ((ushort)key < Keys && min >= 0 && max >= min)
            {
                _ranges[key] = new Range(min, (short)(max + 1));
            }
        }

        _finalizedFeatures = [.. finalizedFeatures];
    }

    /// <summary>Whether the broker serves the API at all, and in which versions.</summary>
    public bool TryGetRange(ApiKey key, out short min, out short max)
    {
        Range range = (ushort)key < Keys ? _ranges[(int)key] : default;
        min = range.Min;
        max = (short)(range.End - 1);
        return range.End > 0;
    }

    /// <summary>The highest version that both sides have; -1 when there is none.</summary>
    public short Choose(ApiKey key, short lowest, short highest)
    {
        if (!TryGetRange(key, out short min, out short max))
        {
            return -1;
        }

        short version = Math.Min(max, highest);
        return version >= Math.Max(min, lowest) ? version : (short)-1;
    }

    /// <summary>The finalized level of a feature such as <c>transaction.version</c>; 0 when the cluster names none (P10).</summary>
    public short GetFinalizedLevel(string feature)
    {
        foreach (KeyValuePair<string, short> entry in _finalizedFeatures)
        {
            if (entry.Key == feature)
            {
                return entry.Value;
            }
        }

        return 0;
    }

    /// <summary>Why there is no version in common, for people.</summary>
    public string DescribeMismatch(ApiKey key, short lowest, short highest, string broker) =>
        TryGetRange(key, out short min, out short max)
            ? $"{broker} speaks {key} in versions {min} to {max}, and what is asked here needs {lowest} to {highest}: no version in common. " +
              (max < lowest ? "The broker is too old for this." : "This client is too old for the broker.")
            : $"{broker} does not serve {key} (versions {lowest} to {highest} are asked for). The broker is too old, or has the feature switched off.";

    /// <summary>End is one past the highest, so that all zeros means "not served".</summary>
    private readonly record struct Range(short Min, short End);
}
